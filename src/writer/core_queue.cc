// SPDX-License-Identifier: Apache-2.0
//
// The callers' side of Core: from a value to bytes in a queue. Scalars are in
// core_scalars.cc.

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/event/event_encoder.h"
#include "src/record/framing.h"
#include "src/summary/value.h"
#include "src/writer/core.h"
#include "src/writer/core_encoding.h"
#include "src/writer/journal.h"
#include "src/writer/options.h"

namespace tblog::internal {
namespace {

// Records up to this size are copied into a shared chunk; larger ones become a
// chunk of their own.
constexpr size_t kMaxCopiedBytes = size_t{64} << 10;

}  // namespace

// ---- Entry points ----

void Core::log_values(Run& run, std::span<const EncodedValue> values, At at) {
  if (!usable()) return;
  Notices notices;
  const double wall_time = wall_time_of(run, at, values.front().tag, notices);
  {
    Lock lock(mutex_);
    std::vector<Slot> slots;
    int64_t step = 0;
    bool has_step = false;
    if (accepts(run, notices)) {
      for (const EncodedValue& value : values) {
        Slot slot;
        bool good = run.find_tag(value.tag, *value.kind, slot, notices);
        good = good && run.check_parts(slot, value.parts, notices);
        if (good && !std::exchange(has_step, true))
          step = run.resolve_step(at, slot, notices);
        good = good && run.take_step(slot, step, notices);
        if (good && slot.state != nullptr && value.parts > 0)
          slot.state->make_rare().parts = value.parts;
        if (!good) ++stats_.refused;
        if (!good && &value == &values.front()) break;
        if (!good) continue;
        slot.message = value.message;
        slot.content = value.content;
        slot.field = value.field;
        if (slot.state != nullptr && slot.state->is_awaited) {
          wait_behind(run, slot, wall_time, step, notices);
          continue;
        }
        slots.push_back(slot);
      }
    }
    if (!slots.empty() && take_bytes(run, slots, notices)) {
      append_values(lock, run, slots, wall_time, step, values.front().stored,
                    notices);
      write_through(lock, run, notices);
    }
  }
  deliver(notices);
}

void Core::log_event(Run& run, const EncodedEvent& event, At at) {
  if (!usable()) return;
  Notices notices;
  const double wall_time = wall_time_of(run, at, event.tag, notices);
  {
    Lock lock(mutex_);
    Slot slot;
    int64_t step = 0;
    bool good = accepts(run, notices);
    if (good) {
      good = event.tag.empty() ||
             run.find_tag(event.tag, *event.kind, slot, notices);
      if (good) step = run.resolve_step(at, slot, notices);
      good = good && run.take_step(slot, step, notices);
      if (!good) ++stats_.refused;
    }
    if (good) {
      append_event(lock, run, event, wall_time, step, notices);
      write_through(lock, run, notices);
    }
  }
  deliver(notices);
}

bool Core::defers_images(uint64_t bytes) const {
  // Less is compressed in the time that it takes to hand it over.
  constexpr uint64_t kMinBytes = 16 << 10;
  if (bytes < kMinBytes || !usable()) return false;
  // What limits bytes counts those that are written.
  if (options_.durability != Durability::kBuffered ||
      options_.max_file_bytes > 0 || options_.max_bytes_per_tag > 0)
    return false;
  Lock lock(mutex_);
  return queued_bytes_ + in_flight_bytes_ + bytes <= max_pending_bytes_ / 2;
}

bool Core::admits(Run& run, std::string_view tag, const Kind& kind, At at) {
  if (!usable()) return false;
  Notices notices;
  bool admitted = false;
  {
    Lock lock(mutex_);
    if (accepts(run, notices)) {
      const Slot before = run.peek(tag);
      if (!run.check_tag(tag, kind, notices) || Run::is_full(before)) {
        ++stats_.refused;
      } else if (!run.would_take(tag, at)) {
        run.take_step(before, run.resolve_step(at, before, notices), notices);
        ++stats_.refused;
      } else {
        admitted = true;
      }
    }
  }
  deliver(notices);
  return admitted;
}

bool Core::should_log(const Run& run, std::string_view tag, At at) const {
  if (!enabled()) return false;
  Lock lock(mutex_);
  return !closing_ && run.would_take(tag, at);
}

void Core::describe(Run& run, std::string_view tag, const SeriesInfo& info) {
  if (!usable()) return;
  Notices notices;
  {
    Lock lock(mutex_);
    if (!run.describe(tag, info, notices)) ++stats_.refused;
  }
  deliver(notices);
}

void Core::set_step(Run& run, int64_t step) {
  if (forked()) return;
  Lock lock(mutex_);
  run.current_step = step;
}

void Core::refuse(Run& run, Cause cause, std::string_view tag,
                  absl::string_view why) {
  if (!usable()) return;
  Notices notices;
  {
    Lock lock(mutex_);
    ++stats_.refused;
    run.refuse(cause, tag, why, notices);
  }
  deliver(notices);
}

void Core::remark(Run& run, Cause cause, std::string_view tag,
                  absl::string_view what) {
  if (!usable()) return;
  Notices notices;
  run.remark(cause, tag, what, notices);
  deliver(notices);
}

void Core::lose_for_memory(Run& run) noexcept {
  if (!usable()) return;
  {
    Lock lock(mutex_);
    ++stats_.dropped;
    ++lost_;
  }
  try {
    Notices notices;
    if (reporter_.first_time(Cause::kOutOfMemory, run.number, {}))
      notices.push_back({absl::ResourceExhaustedError(absl::StrCat(
                             "out of memory while logging to ", run.directory)),
                         true});
    deliver(notices);
  } catch (const std::bad_alloc&) {
    // Counted; there is no memory to say more.
  }
}

// ---- Values that are encoded already ----

bool Core::take_bytes(Run& run, std::span<const Slot> slots, Notices& notices) {
  if (options_.max_bytes_per_tag == 0) return true;
  for (const Slot& slot : slots) {
    if (run.take_bytes(slot, slot.message.size(), notices)) continue;
    stats_.refused += slots.size();
    return false;
  }
  return true;
}

// The record is built without the lock, checksum and all. A tag's metadata
// counts as written only with its record, so that no value can overtake it.
void Core::append_values(Lock& lock, Run& run, std::span<Slot> slots,
                         double wall_time, int64_t step,
                         const ImagesToStore* stored, Notices& notices) {
  for (;;) {
    rotate_if_due(run);
    const uint64_t file_number = run.file_number;
    const uint64_t first_sound_chunk = run.first_sound_chunk;
    std::vector<std::string> metadata(slots.size());
    const size_t pngs_bytes =
        stored == nullptr ? 0 : png_fields_bytes(stored->images);
    uint64_t values_bytes = 0;
    for (size_t i = 0; i < slots.size(); ++i) {
      if (run.needs_metadata(slots[i])) metadata[i] = metadata_of(slots[i]);
      values_bytes +=
          value_size(slots[i].tag, slots[i].message.size() + pngs_bytes,
                     metadata[i].size());
    }
    if (summary_event_size(wall_time, step, values_bytes) > kMaxPayloadBytes)
      return refuse_size(run, slots.front().tag, notices);
    const uint64_t bytes = record_size(wall_time, step, values_bytes);

    std::string record;
    if (stored != nullptr) record = take_spare(bytes);
    lock.unlock();
    std::unique_ptr<StoredImages> images;
    if (stored == nullptr) {
      record.reserve(bytes);
      const size_t payload =
          begin_summary_record(record, wall_time, step, values_bytes);
      for (size_t i = 0; i < slots.size(); ++i)
        append_value(record, slots[i].tag, slots[i].message, metadata[i],
                     slots[i].field);
      finish_record(record, payload);
    } else {
      images = std::make_unique<StoredImages>(stored->images);
      images->wall_time = wall_time;
      images->step = step;
      images->tag = slots.front().tag;
      images->metadata = metadata.front();
      images->field = slots.front().field;
      record = stored_record(*images, slots.front().message, stored->rows,
                             std::move(record));
    }
    lock.lock();

    if (!accepts(run, notices)) return;
    if (!await_room(lock, run, bytes, notices)) return;
    if (run.file_number != file_number) continue;  // a new file
    if (run.first_sound_chunk != first_sound_chunk) continue;
    push_record(run, std::move(record), slots.front().kind->timeless,
                std::move(images));
    for (size_t i = 0; i < slots.size(); ++i) {
      if (!metadata[i].empty()) run.mark_metadata(slots[i]);
    }
    return;
  }
}

// Empty, and never much larger than what will be in it.
std::string Core::take_spare(uint64_t bytes) noexcept {
  std::string spare;
  if (spare_record_.capacity() / 4 <= bytes) spare.swap(spare_record_);
  spare.clear();
  return spare;
}

void Core::append_event(Lock& lock, Run& run, const EncodedEvent& event,
                        double wall_time, int64_t step, Notices& notices) {
  const uint64_t payload =
      event_size(wall_time, step, event.field, event.message.size());
  if (payload > kMaxPayloadBytes) return refuse_size(run, event.tag, notices);
  lock.unlock();
  std::string record;
  record.reserve(kRecordHeaderBytes + payload + kRecordFooterBytes);
  append_event_record(record, wall_time, step, event.field, event.message);
  lock.lock();
  if (!accepts(run, notices)) return;
  if (!await_room(lock, run, record.size(), notices)) return;
  rotate_if_due(run);
  push_record(run, std::move(record),
              event.kind != nullptr && event.kind->timeless);
}

void Core::push_record(Run& run, std::string record, bool keep,
                       std::unique_ptr<StoredImages> stored) {
  const uint64_t bytes = record.size();
  std::string_view queued = record;
  if (bytes > kMaxCopiedBytes || stored != nullptr ||
      (keep && run.drops_oldest)) {
    Chunk& chunk = add_chunk(run, std::move(record), keep);
    chunk.stored = std::move(stored);
    queued = chunk.bytes;
  } else {
    chunk_with_room(run, bytes).bytes += record;
  }
  count_event(run, queued);
}

// ---- Files ----

bool Core::is_rotation_due(const Run& run) const {
  if (run.file_bytes == 0) return false;
  const bool full =
      options_.max_file_bytes > 0 && run.file_bytes >= options_.max_file_bytes;
  return full || (options_.max_file_age.count() > 0 &&
                  clock_->now() >= run.file_begun + options_.max_file_age);
}

void Core::rotate_if_due(Run& run) {
  if (is_rotation_due(run)) begin_file(run);
}

void Core::begin_file(Run& run) {
  run.queue.file_breaks.push_back(run.queue.chunks.size());
  ++run.file_number;
  run.file_bytes = 0;
}

void Core::write_through(Lock& lock, Run& run, Notices& notices) {
  const uint64_t mine =
      writes_through(options_) ? run.queued_total : run.unjournaled_total;
  while (run.left_total < mine) write_run(lock, run, notices);
}

void Core::deliver(const Notices& notices) noexcept {
  if (notices.empty()) return;
  const std::shared_ptr<Core> alive = weak_from_this().lock();
  reporter_.deliver(notices);
}

// ---- The queue ----

double Core::wall_time_of(Run& run, At at, std::string_view tag,
                          Notices& notices) {
  if (!at.has_wall_time()) return clock_->wall_time();
  if (std::isfinite(at.wall_time())) return at.wall_time();
  run.remark(Cause::kWallTime, tag,
             "its wall time is not finite, and replaced by now", notices);
  return clock_->wall_time();
}

bool Core::accepts(Run& run, Notices& notices) {
  if (!closing_ && !run.backoff.failing()) return true;
  ++stats_.dropped;
  if (!closing_) {
    ++lost_;
  } else if (reporter_.first_time(Cause::kClosed, 0, {})) {
    notices.push_back(
        {absl::FailedPreconditionError(absl::StrCat(
             "a value was logged after close() of ", root().directory)),
         true});
  }
  return false;
}

void Core::refuse_size(Run& run, std::string_view tag, Notices& notices) {
  ++stats_.refused;
  run.refuse(Cause::kTooLarge, tag,
             "the event has 2^31 bytes or more, which no reader takes",
             notices);
}

bool Core::has_room(uint64_t bytes) const {
  const uint64_t pending = queued_bytes_ + in_flight_bytes_ + awaited_bytes_;
  if (pending == 0) return true;
  if (pending + bytes > max_pending_bytes_) return false;
  return journal_ == nullptr || journal_->has_room(bytes) ||
         !journal_->can_hold(bytes);
}

bool Core::await_room(Lock& lock, Run& run, uint64_t bytes, Notices& notices) {
  if (has_room(bytes)) return true;
  if (run.drops_oldest) {
    if (make_room(bytes, notices)) return true;
  } else if (options_.max_block.count() > 0 && !on_io_thread()) {
    // The I/O thread (inside on_error) would wait for itself.
    const Clock::Monotonic deadline = clock_->now() + options_.max_block;
    while (!has_room(bytes) && !closing_ && !run.backoff.failing() &&
           clock_->now() < deadline) {
      hurry_ = true;
      wakeup_.notify_one();
      clock_->wait_until(room_, lock, deadline);
    }
  }
  if (!accepts(run, notices)) return false;
  if (has_room(bytes)) return true;
  ++stats_.dropped;
  ++lost_;
  report_full_queue(notices, "an event is dropped");
  return false;
}

void Core::report_full_queue(Notices& notices, absl::string_view what) {
  if (!reporter_.first_time(Cause::kQueueFull, 0, {})) return;
  notices.push_back(
      {absl::ResourceExhaustedError(absl::StrCat(
           queued_bytes_ + in_flight_bytes_, " bytes wait to be written to ",
           root().directory, ": ", what, ", and so are others while it is so")),
       true});
}

bool Core::make_room(uint64_t bytes, Notices& notices) {
  uint64_t droppable = 0;
  for (const FileJob& job : file_jobs_) droppable += job.bytes;
  for (const auto& run : runs_) {
    for (const Chunk& chunk : run->queue.chunks)
      droppable += chunk.kept ? 0 : chunk.bytes.size();
  }
  const uint64_t rest = queued_bytes_ + in_flight_bytes_ - droppable;
  if (rest + bytes > options_.max_pending_bytes) return false;
  report_full_queue(notices, "the oldest events are dropped");
  while (!has_room(bytes)) drop_oldest();
  return true;
}

// There is something that may go.
void Core::drop_oldest() {
  Run* oldest_run = nullptr;
  uint64_t oldest = file_jobs_.empty() ? std::numeric_limits<uint64_t>::max()
                                       : file_jobs_.front().number;
  for (const auto& run : runs_) {
    const size_t i = run->queue.oldest();
    if (i == run->queue.chunks.size()) continue;
    if (run->queue.chunks[i].number > oldest) continue;
    oldest = run->queue.chunks[i].number;
    oldest_run = run.get();
  }
  uint64_t bytes;
  uint64_t events = 1;
  if (oldest_run == nullptr) {
    bytes = file_jobs_.front().bytes;
    file_jobs_.erase(file_jobs_.begin());
  } else {
    ByteQueue& queue = oldest_run->queue;
    const size_t i = queue.oldest();
    const bool for_last_file = queue.is_for_last_file(i);
    Chunk chunk = queue.remove(i);
    bytes = chunk.bytes.size();
    events = records_beyond(chunk.bytes, 0);
    if (for_last_file) oldest_run->file_bytes -= bytes;
    oldest_run->left_total += bytes;
    oldest_run->first_sound_chunk = oldest + 1;
    recycle(chunk);
  }
  queued_bytes_ -= bytes;
  stats_.dropped += events;
  lost_ += events;
}

Chunk& Core::chunk_with_room(Run& run, size_t bytes) {
  std::vector<Chunk>& chunks = run.queue.chunks;
  if (!chunks.empty() && !run.queue.begins_file() && !chunks.back().kept &&
      chunks.back().stored == nullptr &&
      chunks.back().bytes.capacity() - chunks.back().bytes.size() >= bytes)
    return chunks.back();
  if (bytes <= chunk_bytes_ && !free_chunks_.empty()) {
    Chunk& chunk = add_chunk(run, std::move(free_chunks_.back()));
    free_chunks_.pop_back();
    return chunk;
  }
  std::string fresh;
  fresh.reserve(std::max(bytes, chunk_bytes_));
  return add_chunk(run, std::move(fresh));
}

// `bytes` are as before where memory is short.
Chunk& Core::add_chunk(Run& run, std::string&& bytes, bool keep) {
  Chunk& chunk = run.queue.chunks.emplace_back();
  chunk.bytes = std::move(bytes);
  chunk.number = next_chunk_++;
  chunk.kept = keep;
  return chunk;
}

void Core::take_queue(Run& run) {
  run.queue.take(max_pending_bytes_ / 4, taken_);
  run.first_waiting_chunk =
      run.queue.chunks.empty() ? next_chunk_ : run.queue.chunks.front().number;
  queued_bytes_ -= taken_.bytes;
  in_flight_bytes_ += taken_.bytes;
}

void Core::recycle(std::vector<Chunk>& chunks) noexcept {
  for (Chunk& chunk : chunks) recycle(chunk);
  chunks.clear();
}

// Chunks of the usual size are used again; one that a large event brought is
// freed, and so are those of a full queue.
void Core::recycle(Chunk& chunk) noexcept {
  const size_t capacity = chunk.bytes.capacity();
  if (capacity < chunk_bytes_ || capacity > 2 * chunk_bytes_) return;
  if (free_chunks_.size() >= std::max(kFirstChunks, runs_.size())) return;
  chunk.bytes.clear();
  try {
    free_chunks_.push_back(std::move(chunk.bytes));
  } catch (const std::bad_alloc&) {
    // Freed instead.
  }
}

void Core::count_event(Run& run, std::string_view record) {
  const uint64_t bytes = record.size();
  if (journal_ != nullptr) keep_in_journal(run, record);
  run.queue.bytes += bytes;
  count_logged(run, bytes);
  // Else the caller writes it.
  count_waiting(bytes, !writes_through(options_));
}

void Core::count_logged(Run& run, uint64_t bytes) {
  ++stats_.events;
  run.queued_total += bytes;
  if (run.file_bytes == 0 && options_.max_file_age.count() > 0)
    run.file_begun = clock_->now();
  run.file_bytes += bytes;
}

void Core::count_waiting(uint64_t bytes, bool wake) {
  const uint64_t before = queued_bytes_;
  queued_bytes_ += bytes;
  if (!wake) return;
  const bool many =
      before < write_early_bytes_ && queued_bytes_ >= write_early_bytes_;
  if (before == 0 || many) wakeup_.notify_one();
}

}  // namespace tblog::internal
