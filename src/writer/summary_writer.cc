// SPDX-License-Identifier: Apache-2.0
//
// The public calls of a writer's life, and of scalars, histograms and texts:
// each checks for a null writer, encodes its value, hands it to the Core, and
// lets nothing be thrown.

#include "tblog/summary_writer.h"

#include <new>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/elements.h"
#include "src/base/strings.h"
#include "src/summary/histogram.h"
#include "src/summary/legacy.h"
#include "src/summary/scalar.h"
#include "src/summary/text.h"
#include "src/writer/log_value.h"
#include "src/writer/report.h"
#include "src/writer/run.h"
#include "tblog/device.h"

namespace tblog {

using internal::Cause;
using internal::Core;
using internal::DeviceValue;
using internal::EncodedValue;
using internal::guarded;
using internal::log_value;
using internal::Run;
using internal::to_std;
using internal::with_run;
using internal::with_run_once;

namespace {

// A handle is a share of the core that points at its run.
std::shared_ptr<Run> handle(std::shared_ptr<Core> core, Run* run) {
  return run == nullptr ? nullptr : std::shared_ptr<Run>(std::move(core), run);
}

std::shared_ptr<Run> root_handle(std::shared_ptr<Core> core) {
  Run* root = &core->root();
  return handle(std::move(core), root);
}

// A histogram, and beside it the number of values that are not finite where
// there are any.
void log_histogram(Run& run, std::string_view tag, const Histogram& histogram,
                   At at) {
  const bool legacy = run.legacy_values();
  absl::StatusOr<std::string> message =
      legacy ? internal::encode_legacy_histogram(histogram)
             : internal::encode_histogram(histogram);
  if (!message.ok())
    return run.core.refuse(run, Cause::kInvalidValue, tag,
                           message.status().message());
  const uint64_t nonfinite =
      histogram.nan + histogram.pos_inf + histogram.neg_inf;
  const std::string nonfinite_tag = std::string(tag) + "/nonfinite";
  const auto number = static_cast<float>(nonfinite);
  if (legacy) {
    const EncodedValue value{tag,
                             &internal::kHistogramKind,
                             *message,
                             {},
                             internal::kValueHistogram};
    run.core.log_values(run, {&value, 1}, at);
    const TagValue beside(nonfinite_tag, number);
    if (nonfinite > 0) run.core.log_scalars(run, {&beside, 1}, at);
    return;
  }
  const std::string encoded_number = internal::encode_scalar(number);
  const EncodedValue values[] = {
      {tag, &internal::kHistogramKind, *message},
      {nonfinite_tag, &internal::kScalarKind, encoded_number}};
  run.core.log_values(run, {values, nonfinite > 0 ? size_t{2} : size_t{1}}, at);
}

// ---- Tensors on devices ----

bool comes_from_device(const std::shared_ptr<Run>& run,
                       const TensorView& tensor) {
  return run != nullptr && tensor.valid() && tensor.device() != Device::kCpu &&
         run->core.device() != nullptr;
}

// Keeps what a device has begun.
template <class T>
absl::Status take(absl::StatusOr<std::unique_ptr<DeviceResult<T>>> begun,
                  std::unique_ptr<DeviceResult<T>>& place) {
  if (!begun.ok()) return begun.status();
  if (*begun == nullptr)
    return absl::InternalError("the device has begun nothing");
  place = *std::move(begun);
  return absl::OkStatus();
}

template <class Begin>
void log_of_device(Run& run, std::string_view tag, const internal::Kind& kind,
                   At at, Begin&& begin) {
  if (!run.core.admits(run, tag, kind, at)) return;
  DeviceValue value;
  const absl::Status begun = begin(*run.core.device(), value);
  if (!begun.ok())
    return run.core.refuse(run, Cause::kInvalidValue, tag, begun.message());
  run.core.log_device_value(run, tag, kind, at, std::move(value));
}

}  // namespace

// ---- Handles ----

SummaryWriter::SummaryWriter(std::shared_ptr<Run> run) noexcept
    : run_(std::move(run)) {}

SummaryWriter::SummaryWriter(std::string_view logdir,
                             const WriterOptions& options) {
  try {
    std::shared_ptr<Core> core = Core::make(logdir, options);
    if (!core->open_status().ok()) core->report_open_failure();
    run_ = root_handle(std::move(core));
  } catch (...) {
    // Not even the memory for a status: acts as null().
  }
}

absl::StatusOr<SummaryWriter> SummaryWriter::open(
    std::string_view logdir, const WriterOptions& options) {
  try {
    std::shared_ptr<Core> core = Core::make(logdir, options);
    if (!core->open_status().ok()) return core->open_status();
    return SummaryWriter(root_handle(std::move(core)));
  } catch (...) {
    return absl::ResourceExhaustedError("out of memory");
  }
}

SummaryWriter SummaryWriter::for_rank(std::string_view logdir, int rank,
                                      RankPolicy policy,
                                      const WriterOptions& options) {
  if (rank < 0) {
    std::shared_ptr<Core> core =
        Core::make_failed(absl::InvalidArgumentError(
                              absl::StrCat("a rank is 0 or more, not ", rank)),
                          options);
    core->report_open_failure();
    return SummaryWriter(root_handle(std::move(core)));
  }
  if (policy == RankPolicy::kSubRun)
    return SummaryWriter(absl::StrCat(internal::to_absl(logdir), "/rank", rank),
                         options);
  return rank == 0 ? SummaryWriter(logdir, options) : null();
}

SummaryWriter SummaryWriter::null() noexcept {
  return SummaryWriter(std::shared_ptr<Run>());
}

SummaryWriter::~SummaryWriter() = default;
SummaryWriter::SummaryWriter(SummaryWriter&& other) noexcept = default;
SummaryWriter& SummaryWriter::operator=(SummaryWriter&& other) noexcept =
    default;

SummaryWriter SummaryWriter::share() const noexcept {
  return SummaryWriter(run_);
}

SummaryWriter SummaryWriter::child(std::string_view name) noexcept {
  std::shared_ptr<Run> child;
  with_run(run_, [&](Run& parent) {
    Run* run = parent.core.child(parent, name);
    if (run != nullptr) child = std::shared_ptr<Run>(run_, run);
  });
  return SummaryWriter(std::move(child));
}

void SummaryWriter::call_guarded(void (*call)(void*), void* context) noexcept {
  with_run(run_, [&](Run&) { call(context); });
}

// ---- Logging ----

void SummaryWriter::scalar(std::string_view tag, double value, At at) noexcept {
  with_run_once(run_, [&](Run& run) {
    const TagValue one(tag, value);
    run.core.log_scalars(run, {&one, 1}, at);
  });
}

void SummaryWriter::scalar(std::string_view tag, const TensorView& value,
                           At at) noexcept {
  if (comes_from_device(run_, value)) {
    return with_run(run_, [&](Run& run) {
      log_of_device(run, tag, internal::kScalarKind, at,
                    [&](DeviceReducer& device, DeviceValue& awaited) {
                      return take(device.value(value), awaited.number);
                    });
    });
  }
  with_run_once(run_, [&](Run& run) {
    const absl::StatusOr<double> number = internal::single_value(value);
    if (!number.ok())
      return run.core.refuse(run, Cause::kInvalidValue, tag,
                             number.status().message());
    const TagValue one(tag, *number);
    run.core.log_scalars(run, {&one, 1}, at);
  });
}

void SummaryWriter::scalars(const TagValue* values, size_t count,
                            At at) noexcept {
  with_run_once(run_, [&](Run& run) {
    run.core.log_scalars(run, {values, count}, at);
  });
}

bool SummaryWriter::admits_histogram(std::string_view tag, At at) noexcept {
  bool admits = false;
  with_run(run_, [&](Run& run) {
    admits = run.core.admits(run, tag, internal::kHistogramKind, at);
  });
  return admits;
}

void SummaryWriter::histogram(std::string_view tag, const TensorView& values,
                              At at, const HistogramOptions& options) noexcept {
  with_run(run_, [&](Run& run) {
    if (comes_from_device(run_, values)) {
      return log_of_device(run, tag, internal::kHistogramKind, at,
                           [&](DeviceReducer& device, DeviceValue& awaited) {
                             return take(device.histogram(values, options),
                                         awaited.histogram);
                           });
    }
    if (!run.core.admits(run, tag, internal::kHistogramKind, at)) return;
    const absl::StatusOr<Histogram> counted =
        compute_histogram(values, options);
    if (!counted.ok())
      return run.core.refuse(run, Cause::kInvalidValue, tag,
                             counted.status().message());
    log_histogram(run, tag, *counted, at);
  });
}

void SummaryWriter::histogram(std::string_view tag, const Histogram& histogram,
                              At at) noexcept {
  with_run(run_, [&](Run& run) {
    if (!run.core.admits(run, tag, internal::kHistogramKind, at)) return;
    log_histogram(run, tag, histogram, at);
  });
}

void SummaryWriter::text(std::string_view tag, std::string_view markdown,
                         At at) noexcept {
  with_run(run_, [&](Run& run) {
    log_value(run, tag, internal::kTextKind, at, [&] {
      if (internal::is_valid_utf8(markdown))
        return internal::encode_text(markdown);
      run.core.remark(run, Cause::kInvalidUtf8, tag,
                      "has a text that is not UTF-8; what is not is written "
                      "as U+FFFD");
      return internal::encode_text(internal::to_valid_utf8(markdown));
    });
  });
}

void SummaryWriter::describe(std::string_view tag,
                             const SeriesInfo& info) noexcept {
  with_run(run_, [&](Run& run) { run.core.describe(run, tag, info); });
}

// ---- Steps ----

void SummaryWriter::set_step(int64_t step) noexcept {
  with_run(run_, [&](Run& run) { run.core.set_step(run, step); });
}

bool SummaryWriter::enabled() const noexcept {
  return run_ != nullptr && run_->core.enabled();
}

bool SummaryWriter::should_log(std::string_view tag, At at) const noexcept {
  bool should = false;
  with_run(run_, [&](Run& run) { should = run.core.should_log(run, tag, at); });
  return should;
}

// ---- The end ----

absl::Status SummaryWriter::flush(FlushLevel level) {
  if (run_ == nullptr) return absl::OkStatus();
  const std::shared_ptr<Run> alive = run_;  // on_error may let go of this
  Core* const core = alive->core.here();
  return core != nullptr ? core->flush(level) : alive->core.forked_status();
}

absl::Status SummaryWriter::close() {
  if (run_ == nullptr) return absl::OkStatus();
  if (run_.get() != &run_->core.root()) return flush();
  const std::shared_ptr<Run> alive = run_;  // as above
  Core* const core = alive->core.here();
  return core != nullptr ? core->close() : alive->core.forked_status();
}

absl::Status SummaryWriter::status() const {
  if (run_ == nullptr) return absl::OkStatus();
  const Core* const core = run_->core.here();
  return core != nullptr ? core->status() : run_->core.forked_status();
}

WriterStats SummaryWriter::stats() const noexcept {
  const Core* const core = run_ == nullptr ? nullptr : run_->core.here();
  return core != nullptr ? core->stats() : WriterStats();
}

const std::string& SummaryWriter::logdir() const noexcept {
  // Never destroyed: a static writer may outlive it.
  static const std::string& none = *new std::string;
  return run_ == nullptr ? none : run_->directory;
}

namespace internal {

void report(const SummaryWriter& writer, const absl::Status& status,
            bool failure) noexcept {
  if (writer.run_ == nullptr) return;
  // Also of a writer whose open() failed.
  Run* const here = Core::here(*writer.run_);
  Run& run = here != nullptr ? *here : *writer.run_;
  guarded(run, [&] { run.core.report(status, failure); });
}

}  // namespace internal
}  // namespace tblog
