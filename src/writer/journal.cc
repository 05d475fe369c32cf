// SPDX-License-Identifier: Apache-2.0

#include "src/writer/journal.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"

namespace tblog::internal {
namespace {

constexpr size_t kHeaderBytes = 4096;
static_assert(sizeof(JournalHeader) <= kHeaderBytes);
// Of an entry: it is freed as a whole.
constexpr uint64_t kMaxEntryBytes = 64 << 10;
// Names tried.
constexpr int kMaxTries = 100'000;

// Who reads after a kill shall find what was stored before, in the order of the
// stores: the process dies between two of them, on each of its threads.
template <class T>
void publish(T& place, T value) {
  std::atomic_ref<T>(place).store(value, std::memory_order_release);
}

void store_name(char (&out)[kJournalNameBytes], std::string_view name) {
  const size_t bytes = std::min(name.size(), sizeof out - 1);
  std::memcpy(out, name.data(), bytes);
  out[bytes] = '\0';
}

}  // namespace

absl::StatusOr<std::unique_ptr<Journal>> Journal::create(
    const std::string& directory, const JournalOptions& options) {
  for (int tries = 0;; ++tries) {
    auto file = LockedFile::create(
        absl::StrCat(directory, "/", to_absl(kJournalPrefix),
                     options.owner.host, ".", options.owner.pid, ".", tries));
    if (absl::IsAlreadyExists(file.status()) && tries < kMaxTries) continue;
    if (!file.ok()) return file.status();
    auto mapping = file->reserve_and_map(kHeaderBytes + options.run_bytes +
                                         options.ring_bytes);
    if (!mapping.ok()) {
      file->remove().IgnoreError();
      return mapping.status();
    }
    return std::unique_ptr<Journal>(
        new Journal(*std::move(file), *mapping, options));
  }
}

Journal::Journal(LockedFile file, std::span<char> mapping,
                 const JournalOptions& options)
    : file_(std::move(file)),
      mapping_(mapping),
      max_run_bytes_(options.run_bytes),
      ring_(mapping.subspan(kHeaderBytes + options.run_bytes)),
      entry_bytes_(std::min<uint64_t>(kMaxEntryBytes, ring_.size() / 8)) {
  JournalHeader& to = header();
  to.runs_begin = kHeaderBytes;
  to.ring_begin = kHeaderBytes + max_run_bytes_;
  to.ring_bytes = ring_.size();
  to.wall_time = options.wall_time;
  to.has_start_step = options.start_step ? 1 : 0;
  to.start_step = options.start_step.value_or(0);
  to.pid = options.owner.pid;
  store_name(to.host, options.owner.host);
  store_name(to.suffix, options.suffix);
  publish(to.magic, kJournalMagic);
}

int Journal::add_run(std::string_view directory) {
  const size_t bytes = journal_aligned(sizeof(JournalRun) + directory.size());
  if (forked() || bytes > max_run_bytes_ - run_bytes_) return kNoRun;
  char* const at = mapping_.data() + kHeaderBytes + run_bytes_;
  auto* const run = reinterpret_cast<JournalRun*>(at);
  runs_.push_back(run);
  run->bytes = static_cast<uint32_t>(bytes);
  run->directory_bytes = static_cast<uint32_t>(directory.size());
  std::memcpy(at + sizeof(JournalRun), directory.data(), directory.size());
  run_bytes_ += bytes;
  publish(header().run_bytes, uint64_t{run_bytes_});
  return static_cast<int>(runs_.size()) - 1;
}

// The tail after the record, were it to begin an entry. An entry does not go
// around the end of the ring.
uint64_t Journal::after_append(uint64_t bytes) const {
  uint64_t at = journal_aligned(tail_);
  if (rest_of_ring(at) < sizeof(JournalEntry) + bytes) at += rest_of_ring(at);
  return at + sizeof(JournalEntry) + bytes;
}

void Journal::append(int run, uint64_t position,
                     std::string_view record) noexcept {
  if (run == kNoRun || forked()) return;
  const bool joins = run == open_run_ && position == open_end_ &&
                     tail_ - open_at_ < entry_bytes_ &&
                     rest_of_ring(open_at_) >= tail_ - open_at_ + record.size();
  if (!joins) begin_entry(run, position, record.size());
  std::memcpy(ring_.data() + tail_ % ring_.size(), record.data(),
              record.size());
  tail_ += record.size();
  open_end_ = position + record.size();
  publish(header().tail, tail_);
}

// What is stored here counts from the next store of the tail on, but for the
// length of the entry before, which is the same either way.
void Journal::begin_entry(int run, uint64_t position, uint64_t bytes) {
  if (open_run_ != kNoRun)
    entry_at(open_at_).bytes =
        static_cast<uint32_t>(tail_ - open_at_ - sizeof(JournalEntry));
  tail_ = journal_aligned(tail_);
  const uint64_t rest = rest_of_ring(tail_);
  if (rest < sizeof(JournalEntry) + bytes) {
    if (rest >= sizeof(JournalEntry))
      entry_at(tail_) = {0, JournalEntry::kSkip, 0};
    tail_ += rest;
  }
  open_run_ = run;
  open_at_ = tail_;
  entry_at(tail_) = {position, static_cast<uint32_t>(run), 0};
  tail_ += sizeof(JournalEntry);
}

void Journal::note_write(int run, std::string_view name, uint64_t position,
                         uint64_t offset) noexcept {
  if (run == kNoRun || forked()) return;
  JournalRun& to = *runs_[static_cast<size_t>(run)];
  const uint32_t other = 1 - to.place;
  JournalPlace& place = to.places[other];
  place.position = position;
  place.offset = offset;
  store_name(place.name, name);
  publish(to.place, other);
}

void Journal::release(int run, uint64_t position) noexcept {
  if (run == kNoRun || forked()) return;
  publish(runs_[static_cast<size_t>(run)]->released, position);
  drop_released();
}

void Journal::drop_released() {
  while (head_ < tail_) {
    const uint64_t rest = rest_of_ring(head_);
    if (rest < sizeof(JournalEntry) ||
        entry_at(head_).run == JournalEntry::kSkip) {
      head_ += rest;
      continue;
    }
    const JournalEntry& entry = entry_at(head_);
    const bool is_open = open_run_ != kNoRun && head_ == open_at_;
    const uint64_t bytes =
        is_open ? tail_ - head_ - sizeof(JournalEntry) : entry.bytes;
    if (entry.position + bytes > runs_[entry.run]->released) break;
    if (is_open) open_run_ = kNoRun;
    head_ = journal_aligned(head_ + sizeof(JournalEntry) + bytes);
  }
  if (head_ >= tail_) return set_empty();
  publish(header().head, head_);
}

// The begin of the ring is used again, whose pages are at hand. Between the two
// stores the ring is empty as well.
void Journal::set_empty() {
  open_run_ = kNoRun;
  head_ = (head_ + ring_.size() - 1) / ring_.size() * ring_.size();
  tail_ = head_;
  publish(header().head, head_);
  publish(header().tail, tail_);
}

absl::Status Journal::remove() {
  return forked() ? absl::OkStatus() : file_.remove();
}

}  // namespace tblog::internal
