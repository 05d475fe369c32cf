// SPDX-License-Identifier: Apache-2.0

#include "src/writer/previous_files.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <vector>

#include "src/base/crc32c.h"
#include "src/base/endian.h"
#include "src/event/wire_reader.h"
#include "src/record/framing.h"

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

PreviousFiles find_previous_files(FileSystem& file_system,
                                  const std::string& directory) {
  PreviousFiles found;
  const auto names = file_system.list(directory);
  if (!names.ok()) return found;
  const std::string* newest = nullptr;
  for (const std::string& name : *names) {
    const auto secs = secs_of(name);
    if (!secs) continue;
    found.newest_secs = std::max(*secs, found.newest_secs.value_or(*secs));
    if (newest == nullptr || name > *newest) newest = &name;
  }
  if (newest == nullptr) return found;
  const auto end = file_system.read_end(directory + "/" + *newest, kEndBytes);
  if (!end.ok()) return found;
  const EndOfFile last = read_end_of_file(*end);
  found.last_step = last.last_step;
  found.is_cut_off = last.is_cut_off;
  return found;
}

}  // namespace tblog::internal
