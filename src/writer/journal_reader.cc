// SPDX-License-Identifier: Apache-2.0

#include "src/writer/journal_reader.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/record/framing.h"
#include "src/writer/journal_layout.h"
#include "src/writer/options.h"

namespace tblog::internal {
namespace {

// Bounds on what is allocated for a journal, far above what Journal makes.
constexpr uint64_t kMaxRingBytes = 256 << 20;
constexpr uint64_t kMaxRunBytes = 16 << 20;

absl::Status damaged(const LockedFile& file, absl::string_view what) {
  return absl::DataLossError(absl::StrCat(
      escaped(file.path(), 4096), " is no journal of this version: ", what));
}

// Nullopt where no NUL ends it, or it could lead out of its directory.
std::optional<std::string> name_of(const char (&stored)[kJournalNameBytes]) {
  const void* const end = std::memchr(stored, '\0', sizeof stored);
  if (end == nullptr) return std::nullopt;
  std::string name(stored, static_cast<const char*>(end));
  if (name.find('/') != std::string::npos || name == "." || name == "..")
    return std::nullopt;
  return name;
}

bool is_clean_directory(const std::string& directory) {
  if (directory.empty()) return true;
  const auto clean = check_child_name(directory);
  return clean.ok() && *clean == directory;
}

// The run at the begin of `bytes`; nullopt where there is none.
std::optional<JournaledRun> read_run(std::string_view bytes, uint64_t* size,
                                     uint64_t* released) {
  JournalRun stored;
  if (bytes.size() < sizeof stored) return std::nullopt;
  std::memcpy(&stored, bytes.data(), sizeof stored);
  if (stored.bytes % 8 != 0 || stored.bytes > bytes.size() ||
      stored.bytes < sizeof stored ||
      stored.directory_bytes > stored.bytes - sizeof stored || stored.place > 1)
    return std::nullopt;
  const JournalPlace& place = stored.places[stored.place];
  JournaledRun run;
  run.directory = bytes.substr(sizeof stored, stored.directory_bytes);
  const auto file = name_of(place.name);
  const auto drained = name_of(stored.drained_name);
  if (!file || !is_clean_directory(run.directory)) return std::nullopt;
  run.file = *file;
  run.position = place.position;
  run.file_bytes = place.offset;
  // Who drained may have died while storing this.
  run.drained_name = drained.value_or("");
  run.drained_bytes = stored.drained_bytes;
  *size = stored.bytes;
  *released = stored.released;
  return run;
}

// The bytes of the whole record at the begin of `bytes`; 0: there is none.
uint64_t whole_record(std::string_view bytes) {
  if (bytes.size() < kRecordHeaderBytes + kRecordFooterBytes) return 0;
  const uint64_t payload_bytes = load_le64(bytes.data());
  if (payload_bytes > bytes.size() - kRecordHeaderBytes - kRecordFooterBytes ||
      load_le32(bytes.data() + 8) != mask_crc(crc32c(bytes.substr(0, 8))))
    return 0;
  const std::string_view payload =
      bytes.substr(kRecordHeaderBytes, payload_bytes);
  if (load_le32(payload.data() + payload.size()) != mask_crc(crc32c(payload)))
    return 0;
  return kRecordHeaderBytes + payload_bytes + kRecordFooterBytes;
}

class RingReader {
 public:
  RingReader(JournalContents& contents, const std::vector<uint64_t>& released)
      : contents_(contents), ring_(contents.ring), released_(released) {}

  // "", or why it ends before `tail`.
  std::string read(uint64_t head, uint64_t tail) {
    if (tail - head > ring_.size() || head % 8 != 0)
      return "its ends are not in it";
    while (head < tail) {
      const uint64_t rest = ring_.size() - head % ring_.size();
      JournalEntry entry{0, JournalEntry::kSkip, 0};
      if (rest >= sizeof entry)
        std::memcpy(&entry, ring_.data() + head % ring_.size(), sizeof entry);
      if (entry.run == JournalEntry::kSkip) {
        head += rest;
        continue;
      }
      const uint64_t room = std::min(rest, tail - head);
      if (entry.run >= contents_.runs.size() || room < sizeof entry ||
          entry.bytes > room - sizeof entry)
        return absl::StrCat("the entry at ", head, " makes no sense");
      const uint64_t bytes =
          entry.bytes > 0 ? entry.bytes : room - sizeof entry;
      if (!read_entry(entry, {ring_.data() + head % ring_.size() + sizeof entry,
                              bytes}))
        return absl::StrCat("a record of the entry at ", head, " is damaged");
      head = journal_aligned(head + sizeof entry + bytes);
    }
    return "";
  }

 private:
  bool read_entry(const JournalEntry& entry, std::string_view bytes) {
    JournaledRun& run = contents_.runs[entry.run];
    const uint64_t needed = std::max(released_[entry.run], run.position);
    uint64_t position = entry.position;
    while (!bytes.empty()) {
      const uint64_t record = whole_record(bytes);
      if (record == 0) return false;
      const bool follows =
          run.records.empty() || run.records.back().position < position;
      if (!follows) return false;
      if (position >= needed)
        run.records.push_back({position, bytes.substr(0, record)});
      position += record;
      bytes.remove_prefix(record);
    }
    return true;
  }

  JournalContents& contents_;
  const std::string_view ring_;
  const std::vector<uint64_t>& released_;
};

absl::Status read_runs(const LockedFile& file, const JournalHeader& header,
                       JournalContents& contents,
                       std::vector<uint64_t>& released) {
  std::string bytes(header.run_bytes, '\0');
  if (absl::Status status = file.read_at(header.runs_begin, bytes);
      !status.ok())
    return status;
  for (uint64_t at = 0; at < bytes.size();) {
    uint64_t size = 0;
    uint64_t run_released = 0;
    auto run =
        read_run(std::string_view(bytes).substr(at), &size, &run_released);
    if (!run) return damaged(file, "its list of runs makes no sense");
    run->offset = header.runs_begin + at;
    contents.runs.push_back(*std::move(run));
    released.push_back(run_released);
    at += size;
  }
  return absl::OkStatus();
}

// Whether all parts that the header names are within a file of `size` bytes.
bool is_plausible(const JournalHeader& header, uint64_t size) {
  return std::isfinite(header.wall_time) && header.runs_begin <= size &&
         header.run_bytes <= kMaxRunBytes &&
         header.run_bytes <= size - header.runs_begin &&
         header.ring_begin <= size && header.ring_bytes <= kMaxRingBytes &&
         header.ring_bytes <= size - header.ring_begin &&
         header.ring_bytes % 8 == 0;
}

}  // namespace

absl::StatusOr<JournalContents> read_journal(const LockedFile& file) {
  const auto size = file.size();
  if (!size.ok()) return size.status();
  JournalContents contents;
  JournalHeader header;
  if (*size == 0) return contents;
  if (*size < sizeof header) return damaged(file, "it is too short");
  if (absl::Status status =
          file.read_at(0, {reinterpret_cast<char*>(&header), sizeof header});
      !status.ok())
    return status;
  if (header.magic == 0) return contents;
  if (header.magic != kJournalMagic)
    return damaged(file, "it begins otherwise");
  const auto host = name_of(header.host);
  const auto suffix = name_of(header.suffix);
  if (!is_plausible(header, *size) || !host || !suffix)
    return damaged(file, "its header makes no sense");
  contents.wall_time = header.wall_time;
  if (header.has_start_step != 0) contents.start_step = header.start_step;
  contents.owner = {clean_host_name(*host), header.pid};
  contents.suffix = *suffix;
  std::vector<uint64_t> released;
  if (absl::Status status = read_runs(file, header, contents, released);
      !status.ok())
    return status;
  if (header.head >= header.tail) return contents;
  contents.ring.resize(header.ring_bytes);
  if (absl::Status status = file.read_at(header.ring_begin, contents.ring);
      !status.ok())
    return status;
  contents.damage =
      RingReader(contents, released).read(header.head, header.tail);
  return contents;
}

}  // namespace tblog::internal
