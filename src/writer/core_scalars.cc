// SPDX-License-Identifier: Apache-2.0
//
// Scalars, from a call to bytes in a queue. Nearly all go the short way: of
// tags that are known, onward in their steps, into a file that has their
// metadata. Such an event is encoded on the stack, checksum and all, and the
// lock is held for a look at each tag and a copy. All others go the long way.

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/summary/legacy.h"
#include "src/summary/scalar.h"
#include "src/summary/value.h"
#include "src/writer/core.h"
#include "src/writer/core_encoding.h"
#include "src/writer/options.h"

namespace tblog::internal {
namespace {

// TagState::slot of a value that is not written.
constexpr uint32_t kThinnedSlot = std::numeric_limits<uint32_t>::max();

}  // namespace

// ---- The short way ----

// An event of scalars, ready to be appended.
class Core::ScalarEvent {
 public:
  // False where it has to go the long way.
  bool encode(const Run& run, std::span<const TagValue> values,
              double wall_time, int64_t step) noexcept;

  std::span<TagState* const> tags() const { return {tags_, count_}; }
  std::string_view record() const { return {begin_, end_}; }
  // With the lock: it is going to be written.
  void take_step(int64_t step) const {
    for (TagState* const state : tags()) state->last_step = step;
  }

 private:
  static constexpr size_t kMaxValues = 64;
  static constexpr size_t kMaxBytes = 4096;

  TagState* tags_[kMaxValues];
  size_t count_;
  char* begin_;
  char* end_;
  char bytes_[kMaxBytes];
};

bool Core::ScalarEvent::encode(const Run& run, std::span<const TagValue> values,
                               double wall_time, int64_t step) noexcept {
  count_ = values.size();
  if (count_ > kMaxValues) return false;
  size_t values_bytes = 0;
  for (size_t i = 0; i < count_; ++i) {
    TagState* const state = run.tags().find(values[i].tag);
    if (state == nullptr || !state->is_scalar.load(std::memory_order_acquire))
      return false;
    tags_[i] = state;
    values_bytes += state->scalar_head.size() + sizeof(float);
  }
  if (values_bytes > kMaxBytes - kMaxEventFrameBytes) return false;
  char* out = store_summary_record_head(bytes_, wall_time, step, values_bytes);
  for (size_t i = 0; i < count_; ++i) {
    const auto number = static_cast<float>(values[i].value);
    // What becomes infinite is reported.
    if (std::isinf(number) && !std::isinf(values[i].value)) return false;
    out = store_scalar(out, tags_[i]->scalar_head, number);
  }
  begin_ = bytes_;
  end_ = store_record_frame(bytes_, out);
  return true;
}

// Whether the event was taken; nothing has changed where not.
bool Core::log_scalars_fast(Run& run, std::span<const TagValue> values, At at) {
  if (!has_short_way_ || at.is_current() ||
      (at.has_wall_time() && !std::isfinite(at.wall_time())))
    return false;
  const double wall_time =
      at.has_wall_time() ? at.wall_time() : clock_->wall_time();
  ScalarEvent event;
  if (!event.encode(run, values, wall_time, at.step())) return false;
  Notices notices;
  {
    Lock lock = lock_awake(mutex_, crowd_);
    if (!is_plain(run, event.tags(), at.step()) ||
        !has_room(event.record().size()) || is_rotation_due(run))
      return false;
    if (writes_through(options_) &&
        can_write_at_once(
            run, event.record().size(),
            at.has_wall_time() ? std::nullopt : std::optional(wall_time))) {
      event.take_step(at.step());
      write_at_once(lock, run, event.record(), notices);
    } else {
      Chunk& chunk = chunk_with_room(run, event.record().size());
      event.take_step(at.step());
      chunk.bytes += event.record();
      count_event(run, event.record());
      write_through(lock, run, notices);
    }
  }
  deliver(notices);
  return true;
}

// Whether these tags, at that step, take nothing but a value each.
bool Core::is_plain(const Run& run, std::span<TagState* const> tags,
                    int64_t step) {
  if (closing_ || run.backoff.failing() || run.previous) return false;
  const uint64_t call = ++calls_;
  for (TagState* const state : tags) {
    if (state->metadata_file != run.file_number || !state->has_step ||
        step <= state->last_step || state->event == call || state->is_awaited)
      return false;
    state->event = call;
  }
  return true;
}

// ---- The long way ----

void Core::log_scalars(Run& run, std::span<const TagValue> values, At at) {
  if (!usable() || values.empty() || log_scalars_fast(run, values, at)) return;
  Notices notices;
  const double wall_time = wall_time_of(run, at, values.front().tag, notices);
  {
    Lock lock = lock_awake(mutex_, crowd_);
    if (accepts(run, notices)) {
      Slot one;
      std::vector<Slot> many;
      if (values.size() > 1 && !free_slots_.empty()) {
        many = std::move(free_slots_.back());
        free_slots_.pop_back();
      }
      if (values.size() > 1) many.resize(std::max(many.size(), values.size()));
      std::span<Slot> slots = values.size() > 1 ? many : std::span(&one, 1);
      int64_t step = 0;
      const size_t found =
          find_slots(run, values, at, wall_time, slots, step, notices);
      if (found > 0) {
        append_scalars(lock, run, slots.first(found), wall_time, step, notices);
        write_through(lock, run, notices);
      }
      if (values.size() > 1) free_slots_.push_back(std::move(many));
    }
  }
  deliver(notices);
}

size_t Core::find_slots(Run& run, std::span<const TagValue> values, At at,
                        double wall_time, std::span<Slot> slots, int64_t& step,
                        Notices& notices) {
  ++calls_;
  size_t count = 0;
  bool has_step = false;
  for (const TagValue& value : values) {
    Slot& slot = slots[count];
    if (!run.find_tag(value.tag, kScalarKind, slot, notices)) {
      ++stats_.refused;
      continue;
    }
    slot.field = run.legacy_values() ? kValueSimple : kValueTensor;
    if (!std::exchange(has_step, true))
      step = run.resolve_step(at, slot, notices);
    slot.number = run.to_float(slot, value.value, notices);
    TagState* const state = slot.state;
    if (values.size() > 1 && state != nullptr && state->event == calls_) {
      if (state->slot == kThinnedSlot) {
        state->rare->thinning.set_last({step, wall_time, slot.number});
      } else {
        slots[state->slot].number = slot.number;
      }
      ++stats_.refused;
      run.remark(Cause::kDuplicateTag, slot.tag,
                 "given twice in one scalars(): the later value is written",
                 notices);
      continue;
    }
    if (!run.take_step(slot, step, notices)) {
      ++stats_.refused;
      continue;
    }
    if (state != nullptr && state->is_awaited) {
      wait_behind(run, slot, wall_time, step, notices);
      continue;
    }
    const bool keep =
        !run.thins() || state == nullptr ||
        run.keep_point(*state, {step, wall_time, slot.number}, stats_);
    if (values.size() > 1 && state != nullptr) {
      state->event = calls_;
      state->slot = keep ? static_cast<uint32_t>(count) : kThinnedSlot;
    }
    if (keep) ++count;
  }
  return count;
}

// Where all tags have their metadata in the file, as nearly always, the values
// are encoded where they wait, and nothing is allocated.
void Core::append_scalars(Lock& lock, Run& run, std::span<const Slot> slots,
                          double wall_time, int64_t step, Notices& notices) {
  rotate_if_due(run);
  uint64_t values_bytes = 0;
  bool bare = true;
  for (const Slot& slot : slots) {
    bare = bare && slot.state != nullptr && !run.needs_metadata(slot, true);
    if (bare) values_bytes += slot.state->scalar_head.size() + sizeof(float);
  }
  std::string values;
  if (!bare) {
    values = scalars_with_metadata(run, slots);
    values_bytes = values.size();
  }
  if (summary_event_size(wall_time, step, values_bytes) > kMaxPayloadBytes)
    return refuse_size(run, slots.front().tag, notices);
  const uint64_t bytes = record_size(wall_time, step, values_bytes);
  const uint64_t file_number = run.file_number;
  const uint64_t last_chunk = run.last_chunk();
  const uint64_t first_sound_chunk = run.first_sound_chunk;
  if (!await_room(lock, run, bytes, notices)) return;
  if (run.file_number != file_number)  // a new file: metadata again
    return append_scalars(lock, run, slots, wall_time, step, notices);
  Chunk& chunk = chunk_with_room(run, bytes);
  if (run.drops_oldest && (chunk.number != last_chunk ||
                           run.first_sound_chunk != first_sound_chunk))
    return append_scalars(lock, run, slots, wall_time, step, notices);

  std::string& out = chunk.bytes;
  const size_t payload =
      begin_summary_record(out, wall_time, step, values_bytes);
  out += values;
  if (bare) {
    for (const Slot& slot : slots)
      append_scalar(out, slot.state->scalar_head, slot.number);
  }
  finish_record(out, payload);
  count_event(run, std::string_view(out).substr(payload - kRecordHeaderBytes));
  if (!bare) {
    for (const Slot& slot : slots) run.mark_metadata(slot);
  }
}

std::string Core::scalars_with_metadata(const Run& run,
                                        std::span<const Slot> slots) {
  std::string values;
  for (const Slot& slot : slots) {
    const std::string metadata =
        run.needs_metadata(slot, true) ? metadata_of(slot) : "";
    if (slot.field == kValueSimple) {
      append_legacy_scalar(values, slot.tag, slot.number, metadata);
    } else {
      append_value(values, slot.tag, encode_scalar(slot.number), metadata);
    }
  }
  return values;
}

// A flush or the end says what a curve has come to.
void Core::write_last_points(Lock& lock, Run& run, Notices& notices) {
  for (size_t i = 0; i < run.tags().size() && run.waiting_points > 0; ++i) {
    TagState& state = run.tags()[i];
    if (run.queue.bytes >= write_early_bytes_) write_run(lock, run, notices);
    if (run.backoff.failing()) break;
    if (!state.rare || !state.rare->thinning.has_last()) continue;
    const Thinning::Point point = state.rare->thinning.last();
    state.rare->thinning.forget_last();
    --run.waiting_points;
    Slot slot;
    slot.tag = state.tag;
    slot.kind = &kScalarKind;
    slot.state = &state;
    slot.number = point.value;
    slot.field = run.legacy_values() ? kValueSimple : kValueTensor;
    append_scalars(lock, run, {&slot, 1}, point.wall_time, point.step, notices);
  }
  if (!closing_) return;
  stats_.dropped += run.waiting_points;
  lost_ += run.waiting_points;
  run.waiting_points = 0;
}

}  // namespace tblog::internal
