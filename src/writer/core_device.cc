// SPDX-License-Identifier: Apache-2.0
//
// Values that come from a device while the program goes on. Such a value keeps
// its tag's place: later values of the tag wait behind it, other tags pass. The
// I/O thread asks for them, and never waits for a device.

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/event/event_encoder.h"
#include "src/summary/histogram.h"
#include "src/summary/legacy.h"
#include "src/summary/scalar.h"
#include "src/writer/caught.h"
#include "src/writer/core.h"
#include "src/writer/core_encoding.h"

namespace tblog::internal {
namespace {

// How often they are asked for. Larger: less work, more that waits.
constexpr std::chrono::milliseconds kAskEvery{2};

// What a value is taken to be in memory, beside its tag and message.
constexpr uint64_t kAwaitedBytes = 1024;

uint64_t nonfinite_of(const Histogram& histogram) {
  return histogram.nan + histogram.pos_inf + histogram.neg_inf;
}

}  // namespace

// ---- Callers' side ----

void Core::log_device_value(Run& run, std::string_view tag, const Kind& kind,
                            At at, DeviceValue value) {
  if (!usable()) return;
  Notices notices;
  const double wall_time = wall_time_of(run, at, tag, notices);
  {
    Lock lock(mutex_);
    Slot slot;
    if (accepts(run, notices)) {
      bool good = run.find_tag(tag, kind, slot, notices);
      int64_t step = 0;
      if (good) step = run.resolve_step(at, slot, notices);
      good = good && run.take_step(slot, step, notices);
      if (!good) ++stats_.refused;
      if (good && await_room(lock, run, kAwaitedBytes + tag.size(), notices)) {
        Awaited& awaited = await_value(run, slot, wall_time, step);
        awaited.value = std::move(value);
        awaited.give_up_at = clock_->now() + options_.device_timeout;
      }
    }
  }
  deliver(notices);
}

// `slot` with what it holds; behind what its tag waits for.
Core::Awaited& Core::await_value(Run& run, const Slot& slot, double wall_time,
                                 int64_t step) {
  Awaited awaited;
  awaited.run = &run;
  awaited.tag = slot.tag;
  awaited.slot = slot;
  awaited.slot.content = {};
  awaited.message = slot.message;
  awaited.content = slot.content;
  awaited.wall_time = wall_time;
  awaited.step = step;
  awaited.number = next_awaited_++;
  awaited.bytes = kAwaitedBytes + slot.tag.size() + slot.message.size();
  RareTagState* const rare =
      slot.state != nullptr ? &slot.state->make_rare() : nullptr;
  awaited_.push_back(std::move(awaited));
  if (rare != nullptr) {
    ++rare->awaited;
    slot.state->is_awaited = true;
  }
  awaited_bytes_ += awaited_.back().bytes;
  ++stats_.events;
  if (awaited_.size() == 1) {
    ask_at_ = clock_->now();
    wakeup_.notify_one();
  }
  return awaited_.back();
}

void Core::wait_behind(Run& run, const Slot& slot, double wall_time,
                       int64_t step, Notices& notices) {
  if (has_room(kAwaitedBytes + slot.tag.size() + slot.message.size())) {
    await_value(run, slot, wall_time, step);
    return;
  }
  ++stats_.dropped;
  ++lost_;
  report_full_queue(notices, "an event is dropped");
}

// ---- The I/O thread's ----

// Whether a flush, or the end, waits for what comes from a device.
bool Core::waits_for_device() const {
  return !awaited_.empty() &&
         (closing_ || (flush_requested_ != flush_done_ &&
                       awaited_.front().number < flush_awaited_));
}

// Without the lock while the device is asked, for a driver may take its time.
// Nobody else takes anything out.
void Core::ask_device(Lock& lock) {
  const Clock::Monotonic now = clock_->now();
  if (awaited_.empty() || now < ask_at_) return;
  Notices notices;
  const uint64_t asking = ++asked_;
  const uint64_t end = next_awaited_;
  for (auto i = awaited_.begin(); i != awaited_.end() && i->number < end;) {
    Awaited& awaited = *i;
    RareTagState* const rare = awaited.slot.state != nullptr
                                   ? awaited.slot.state->rare.get()
                                   : nullptr;
    const bool behind = rare != nullptr && rare->asked == asking;
    bool done = false;
    if (!behind && awaited.value.is_host()) {
      done = true;
      finish_awaited(awaited, notices);
    } else if (!behind) {
      lock.unlock();
      const absl::Status status = caught([&] { return take_value(awaited); });
      lock.lock();
      done = !absl::IsUnavailable(status) || now >= awaited.give_up_at;
      if (status.ok()) {
        finish_awaited(awaited, notices);
      } else if (done) {
        lose_awaited(awaited, status, notices);
      }
    }
    if (!done) {
      if (rare != nullptr) rare->asked = asking;
      ++i;
      continue;
    }
    if (rare != nullptr && --rare->awaited == 0)
      awaited.slot.state->is_awaited = false;
    awaited_bytes_ -= awaited.bytes;
    i = awaited_.erase(i);
  }
  ask_at_ = now + kAskEvery;
  room_.notify_all();
  reporter_.keep(notices);
  if (notices.empty()) return;
  lock.unlock();
  reporter_.tell(notices);
  lock.lock();
}

// What has come, as what is written of it. Unavailable: nothing has.
absl::Status Core::take_value(Awaited& awaited) const {
  const absl::Status not_yet = absl::UnavailableError("");
  if (awaited.value.number != nullptr) {
    if (!awaited.value.number->ready()) return not_yet;
    const absl::StatusOr<double> number = awaited.value.number->take();
    if (!number.ok()) return number.status();
    awaited.came_number = *number;
    return absl::OkStatus();
  }
  if (!awaited.value.histogram->ready()) return not_yet;
  const absl::StatusOr<Histogram> counted = awaited.value.histogram->take();
  if (!counted.ok()) return counted.status();
  absl::StatusOr<std::string> message = awaited.run->legacy_values()
                                            ? encode_legacy_histogram(*counted)
                                            : encode_histogram(*counted);
  if (!message.ok()) return message.status();
  awaited.message = *std::move(message);
  awaited.nonfinite = nonfinite_of(*counted);
  return absl::OkStatus();
}

// To the queue, whether or not the writer is closing.
void Core::finish_awaited(Awaited& awaited, Notices& notices) {
  Run& run = *awaited.run;
  if (run.backoff.failing()) {
    ++stats_.dropped;
    ++lost_;
    return;
  }
  const ValueField number_field =
      run.legacy_values() ? kValueSimple : kValueTensor;
  Slot slots[2] = {awaited.slot, {}};
  Slot& slot = slots[0];
  slot.tag = awaited.tag;
  slot.message = awaited.message;
  slot.content = awaited.content;
  if (awaited.value.number != nullptr)
    slot.number = run.to_float(slot, awaited.came_number, notices);
  if (slot.kind == &kScalarKind) slot.field = number_field;
  if (awaited.value.histogram != nullptr)
    slot.field = run.legacy_values() ? kValueHistogram : kValueTensor;

  size_t count = 1;
  const std::string beside = absl::StrCat(to_absl(awaited.tag), "/nonfinite");
  if (awaited.nonfinite > 0 &&
      run.find_tag(beside, kScalarKind, slots[1], notices) &&
      run.take_step(slots[1], awaited.step, notices)) {
    slots[1].number = static_cast<float>(awaited.nonfinite);
    slots[1].field = number_field;
    count = 2;
  }
  push_now(run, std::span(slots).first(count), awaited.wall_time, awaited.step);
}

// As append_scalars() and append_values(), but without a wait.
void Core::push_now(Run& run, std::span<const Slot> slots, double wall_time,
                    int64_t step) {
  rotate_if_due(run);
  std::string values;
  for (const Slot& slot : slots) {
    if (slot.kind == &kScalarKind) {
      values += scalars_with_metadata(run, {&slot, 1});
    } else {
      append_value(values, slot.tag, slot.message,
                   run.needs_metadata(slot) ? metadata_of(slot) : "",
                   slot.field);
    }
  }
  std::string record;
  append_summary_record(record, wall_time, step, values);
  push_record(run, std::move(record), slots.front().kind->timeless);
  --stats_.events;  // it was counted when it was logged
  for (const Slot& slot : slots) run.mark_metadata(slot);
}

void Core::lose_awaited(const Awaited& awaited, const absl::Status& status,
                        Notices& notices) {
  ++stats_.dropped;
  ++lost_;
  const bool late = absl::IsUnavailable(status);
  awaited.run->refuse(
      late ? Cause::kDeviceTimeout : Cause::kDeviceFailed, awaited.tag,
      late ? absl::string_view("what it is did not come from its device within "
                               "WriterOptions::device_timeout; it is lost")
           : status.message(),
      notices);
}

}  // namespace tblog::internal
