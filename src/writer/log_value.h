// SPDX-License-Identifier: Apache-2.0
//
// From a public logging call to the Core: what every kind of value shares.
// Thread-safe.

#ifndef TBLOG_SRC_WRITER_LOG_VALUE_H_
#define TBLOG_SRC_WRITER_LOG_VALUE_H_

#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "src/summary/metadata.h"
#include "src/writer/core.h"
#include "src/writer/reporter.h"
#include "src/writer/run.h"
#include "tblog/at.h"

namespace tblog::internal {

// Runs `log` and accounts for what it throws.
template <class F>
void guarded(Run& run, F&& log) noexcept {
  try {
    try {
      log();
    } catch (const std::bad_alloc&) {
      run.core.lose_for_memory(run);
    } catch (const std::exception& error) {
      run.core.refuse(run, Cause::kThrown, {}, error.what());
    } catch (...) {
      run.core.refuse(run, Cause::kThrown, {}, "something was thrown");
    }
  } catch (...) {
    // No memory to report: the first catch has counted what it could.
  }
}

// Takes the run that a public call on `handle` leads to, and runs `log` with it
// as guarded() does; nothing where calls lead nowhere. `log` makes one call of
// the run's core, and it is its last.
template <class F>
void with_run_once(const std::shared_ptr<Run>& handle, F&& log) noexcept {
  if (handle == nullptr) return;
  Run* const run = Core::here(*handle);
  if (run != nullptr) guarded(*run, [&] { log(*run); });
}

// The same where `log` makes several, to that run alone.
template <class F>
void with_run(const std::shared_ptr<Run>& handle, F&& log) noexcept {
  if (handle == nullptr) return;
  // on_error may let go of the handle between two calls of the core.
  const std::shared_ptr<Run> alive = handle;
  with_run_once(alive, std::forward<F>(log));
}

// Encodes and logs one value of `kind`: `encode()` gives its TensorProto, or
// what else `field` holds, or says why there is none. What would be dropped
// anyway is not encoded.
template <class Encode>
void log_value(Run& run, std::string_view tag, const Kind& kind, At at,
               Encode&& encode, ValueField field = kValueTensor) {
  if (!run.core.admits(run, tag, kind, at)) return;
  absl::StatusOr<std::string> message = encode();
  if (!message.ok())
    return run.core.refuse(run, Cause::kInvalidValue, tag,
                           message.status().message());
  const EncodedValue value{tag, &kind, *message, {}, field};
  run.core.log_values(run, {&value, 1}, at);
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_LOG_VALUE_H_
