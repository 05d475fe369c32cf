// SPDX-License-Identifier: Apache-2.0

#include "src/writer/previous_files.h"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/base/crc32c.h"
#include "src/base/endian.h"
#include "src/event/wire_reader.h"
#include "src/record/framing.h"
#include "src/writer/event_file.h"

namespace tblog::internal {
namespace {

constexpr std::string_view kMarker = "tfevents.";
// The last events are small, but for images and the like: then no step is found
// and nothing is said.
constexpr size_t kEndBytes = 256 << 10;

std::optional<int64_t> secs_of(std::string_view name) {
  const size_t marker = name.find(kMarker);
  if (marker == std::string_view::npos) return std::nullopt;
  const std::string_view digits = name.substr(marker + kMarker.size());
  int64_t secs = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), secs);
  if (error != std::errc() || secs < 0) return std::nullopt;
  return secs;
}

// Whether a record's header stands at the beginning of `bytes`.
bool is_header(std::string_view bytes) {
  return bytes.size() >= kRecordHeaderBytes &&
         load_le64(bytes.data()) <= kMaxPayloadBytes &&
         load_le32(bytes.data() + 8) == mask_crc(crc32c(bytes.substr(0, 8)));
}

// The step of an event that holds something a reader would keep.
std::optional<int64_t> step_of(std::string_view payload) {
  enum Field : uint32_t { kStep = 2, kFileVersion = 3, kSummary = 5 };
  wire::WireReader event(payload);
  int64_t step = 0;
  bool has_summary = false;
  while (event.next()) {
    if (event.is(kStep, wire::kVarint))
      step = static_cast<int64_t>(event.number());
    has_summary = has_summary || event.is(kSummary, wire::kBytes);
  }
  if (!event.ok() || !has_summary) return std::nullopt;
  return step;
}

}  // namespace

EndOfFile read_end_of_file(std::string_view end) {
  EndOfFile found;
  size_t at = 0;
  // Chance makes a header of other bytes once in 2^32 places.
  while (at < end.size() && !is_header(end.substr(at))) ++at;
  while (is_header(end.substr(at))) {
    const uint64_t payload_bytes = load_le64(end.data() + at);
    const uint64_t record =
        kRecordHeaderBytes + payload_bytes + kRecordFooterBytes;
    if (record > end.size() - at) break;
    const std::string_view payload =
        end.substr(at + kRecordHeaderBytes, payload_bytes);
    if (load_le32(payload.data() + payload.size()) != mask_crc(crc32c(payload)))
      break;
    if (const auto step = step_of(payload))
      found.last_step = std::max(*step, found.last_step.value_or(*step));
    at += record;
  }
  found.is_cut_off = at < end.size();
  return found;
}

namespace {

// A file's name says who made it. A child of fork() keeps a dead writer's file
// open, which is nobody's at work. Processes of other machines, and of other
// containers, are not known here.
bool is_of_dead_process(std::string_view name) {
  const FileOwner here = this_process();
  const std::string before_pid = absl::StrCat(".", here.host, ".");
  const size_t at = name.find(before_pid);
  if (at == std::string_view::npos) return false;
  const std::string_view rest = name.substr(at + before_pid.size());
  pid_t pid = 0;
  const auto [end, error] =
      std::from_chars(rest.data(), rest.data() + rest.size(), pid);
  if (error != std::errc() || pid <= 0) return false;
  return ::kill(pid, 0) != 0 && errno == ESRCH;
}

// The newest of `names` first. A writer has its newest file open alone, so that
// no more than the writers at work are worth a look.
std::string find_file_being_written(FileSystem& file_system,
                                    const std::string& directory,
                                    std::vector<std::string> names) {
  constexpr size_t kNewest = 8;
  const auto end =
      names.begin() + static_cast<ptrdiff_t>(std::min(kNewest, names.size()));
  std::partial_sort(names.begin(), end, names.end(), std::greater<>());
  const auto found = std::find_if(names.begin(), end, [&](const auto& name) {
    return file_system.is_being_written(directory + "/" + name) &&
           !is_of_dead_process(name);
  });
  return found == end ? "" : *found;
}

}  // namespace

PreviousFiles find_previous_files(FileSystem& file_system,
                                  const std::string& directory) {
  PreviousFiles found;
  auto names = file_system.list(directory);
  if (!names.ok()) return found;
  std::erase_if(*names, [](const auto& name) { return !secs_of(name); });
  if (names->empty()) return found;
  for (const std::string& name : *names)
    found.newest_secs = std::max(*secs_of(name), found.newest_secs.value_or(0));
  const std::string newest = *std::max_element(names->begin(), names->end());
  found.being_written =
      find_file_being_written(file_system, directory, *std::move(names));
  const auto end = file_system.read_end(directory + "/" + newest, kEndBytes);
  if (!end.ok()) return found;
  const EndOfFile last = read_end_of_file(*end);
  found.last_step = last.last_step;
  found.is_cut_off = last.is_cut_off;
  return found;
}

}  // namespace tblog::internal
