// SPDX-License-Identifier: Apache-2.0

#include "src/writer/options.h"

#include <chrono>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/base/strings.h"

namespace tblog::internal {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// What makes a file an event file in TensorBoard's eyes, wherever in the name.
constexpr std::string_view kMarker = "tfevents";
// Files that TensorBoard's Python reader passes over.
constexpr std::string_view kIgnoredSuffix = ".profile-empty";

absl::Status bad(absl::string_view field, absl::string_view valid) {
  return absl::InvalidArgumentError(
      absl::StrCat("WriterOptions::", field, " must be ", valid));
}

bool contains(std::string_view s, std::string_view part) {
  return s.find(part) != std::string_view::npos;
}

}  // namespace

absl::Status check_options(const WriterOptions& options) {
  const std::string_view suffix = options.filename_suffix;
  if (contains(suffix, "/") || contains(suffix, std::string_view("\0", 1)) ||
      !is_valid_utf8(suffix))
    return bad("filename_suffix", "UTF-8 without '/' and NUL");
  if (suffix.ends_with(kIgnoredSuffix))
    return bad("filename_suffix",
               "other than .profile-empty, which TensorBoard ignores");
  if (options.on_step_back != OnStepBack::kWrite &&
      options.on_step_back != OnStepBack::kDrop)
    return bad("on_step_back", "kWrite or kDrop");
  if (options.durability != Durability::kBuffered &&
      options.durability != Durability::kWriteThrough &&
      options.durability != Durability::kJournaled &&
      options.durability != Durability::kSync)
    return bad("durability", "kBuffered, kWriteThrough, kJournaled or kSync");
  if (options.durability == Durability::kJournaled &&
      options.file_system != nullptr &&
      options.file_system != FileSystem::real())
    return bad("durability",
               "other than kJournaled where file_system is not the machine's "
               "own");
  if (options.overflow != Overflow::kBlock &&
      options.overflow != Overflow::kDropOldest)
    return bad("overflow", "kBlock or kDropOldest");
  if (options.wall_clock != WallClock::kPrecise &&
      options.wall_clock != WallClock::kCoarse)
    return bad("wall_clock", "kPrecise or kCoarse");
  if (options.after_fork != AfterFork::kInert &&
      options.after_fork != AfterFork::kReopen)
    return bad("after_fork", "kInert or kReopen");
  if (options.max_file_bytes != 0 && options.max_file_bytes < 1024)
    return bad("max_file_bytes", "0, or 1 KiB and up");
  if (options.max_file_age != seconds(0) &&
      (options.max_file_age < seconds(1) ||
       options.max_file_age > 10 * 365 * hours(24)))
    return bad("max_file_age", "0, or 1 s to 10 years");
  if (options.max_flush_delay < milliseconds(1) ||
      options.max_flush_delay > hours(1))
    return bad("max_flush_delay", "1 ms to 1 h");
  if (options.max_pending_bytes < size_t{64} << 10 ||
      options.max_pending_bytes > size_t{4} << 30)
    return bad("max_pending_bytes", "64 KiB to 4 GiB");
  if (options.device_timeout < milliseconds(1) ||
      options.device_timeout > hours(1))
    return bad("device_timeout", "1 ms to 1 h");
  if (options.max_block < milliseconds(0) || options.max_block > hours(1))
    return bad("max_block", "0 to 1 h");
  if (options.thin_scalars_after > uint64_t{1} << 32)
    return bad("thin_scalars_after", "at most 2^32");
  if (options.max_tags < 1 || options.max_tags > 100'000'000)
    return bad("max_tags", "1 to 100,000,000");
  if (options.max_open_files < 1 || options.max_open_files > 1'000'000)
    return bad("max_open_files", "1 to 1,000,000");
  return absl::OkStatus();
}

absl::StatusOr<std::string> check_logdir(FileSystem& file_system,
                                         std::string_view logdir) {
  if (logdir.empty()) return absl::InvalidArgumentError("the logdir is empty");
  if (contains(logdir, std::string_view("\0", 1)))
    return absl::InvalidArgumentError(
        absl::StrCat("the logdir ", escaped(logdir), " contains a NUL"));
  auto absolute = file_system.absolute(std::string(logdir));
  if (!absolute.ok()) return absolute;
  const std::string_view path = *absolute;
  if (contains(path.substr(path.rfind('/') + 1), kMarker))
    return absl::InvalidArgumentError(absl::StrCat(
        "cannot log to ", escaped(path, 4096),
        ": TensorBoard takes a directory with \"tfevents\" in its name for an "
        "event file"));
  return absolute;
}

absl::StatusOr<std::string> check_child_name(std::string_view name) {
  const auto refuse = [&](absl::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("the sub-run's name \"", escaped(name), "\" ", why));
  };
  if (name.empty()) return refuse("is empty");
  if (name.front() == '/') return refuse("is absolute");
  if (!is_valid_utf8(name)) return refuse("is not UTF-8");
  if (contains(name, std::string_view("\0", 1)))
    return refuse("contains a NUL");
  std::string clean;
  for (absl::string_view part : absl::StrSplit(to_absl(name), '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") return refuse("leads out of the run");
    if (contains(to_std(part), kMarker))
      return refuse(
          "contains \"tfevents\", by which TensorBoard knows event files");
    if (!clean.empty()) clean += '/';
    clean.append(part.data(), part.size());
  }
  if (clean.empty()) return refuse("names the run itself");
  return clean;
}

}  // namespace tblog::internal
