// SPDX-License-Identifier: Apache-2.0
//
// Hyperparameters: the sessions of runs, from hparams() to close(), and the
// experiment.

#include <algorithm>
#include <cmath>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/strings.h"
#include "src/summary/hparams.h"
#include "src/writer/log_value.h"
#include "src/writer/run.h"
#include "tblog/hparams.h"
#include "tblog/summary_writer.h"

namespace tblog {
namespace internal {
namespace {

// TensorBoard keeps what a message says beside its tag, and reads it once.
void log_message(Run& run, std::string_view tag, std::string_view content) {
  const std::string tensor = encode_hparams_tensor();
  const EncodedValue value{tag, &kHParamsKind, tensor, content};
  run.core.log_values(run, {&value, 1}, At(0));
}

// Those that can be written, in the order of their names.
std::vector<HParam> clean_hparams(Run& run, std::span<const HParam> hparams) {
  std::vector<HParam> clean;
  for (const HParam& hparam : hparams) {
    const std::string& name = hparam.name;
    if (name.empty() || !is_valid_utf8(name)) {
      run.core.refuse(run, Cause::kInvalidTag, name,
                      name.empty() ? "a hyperparameter without a name"
                                   : "the hyperparameter's name is not UTF-8");
    } else if (!std::isfinite(hparam.value.number())) {
      run.core.remark(run, Cause::kNotFinite, name,
                      "is a hyperparameter that is not finite: left out, since "
                      "TensorBoard's table cannot hold it");
    } else {
      if (!is_valid_utf8(hparam.value.text()))
        run.core.remark(run, Cause::kInvalidUtf8, name,
                        "is a hyperparameter whose text is not UTF-8; what is "
                        "not is written as U+FFFD");
      clean.push_back(hparam);
    }
  }
  std::stable_sort(
      clean.begin(), clean.end(),
      [](const HParam& a, const HParam& b) { return a.name < b.name; });
  std::vector<HParam> unique;
  for (HParam& hparam : clean) {
    if (unique.empty() || unique.back().name != hparam.name) {
      unique.push_back(std::move(hparam));
      continue;
    }
    run.core.remark(run, Cause::kDuplicateTag, hparam.name,
                    "given twice in one hparams(): the later value is written");
    unique.back() = std::move(hparam);
  }
  return unique;
}

void start_session(Run& run, std::span<const HParam> hparams,
                   const HParamsOptions& options) {
  if (!run.core.admits(run, kSessionStartTag, kHParamsKind, At(0))) return;
  if (!run.plugins.start_session())
    return run.core.refuse(run, Cause::kSecondCall, kSessionStartTag,
                           "hparams() was called before, and TensorBoard reads "
                           "a run's hyperparameters once");
  log_message(run, kSessionStartTag,
              encode_session_start(clean_hparams(run, hparams), options,
                                   run.core.wall_time()));
}

void log_experiment(Run& run, const HParamsExperiment& experiment) {
  if (&run != &run.core.root())
    return run.core.refuse(run, Cause::kBadChild, kExperimentTag,
                           "an experiment belongs into the directory that "
                           "TensorBoard is opened with, not into a child()");
  if (!run.core.admits(run, kExperimentTag, kHParamsKind, At(0))) return;
  const absl::StatusOr<std::string> content =
      encode_experiment(experiment, run.core.wall_time());
  if (!content.ok())
    return run.core.refuse(run, Cause::kInvalidValue, kExperimentTag,
                           content.status().message());
  if (!run.plugins.start_experiment())
    return run.core.refuse(run, Cause::kSecondCall, kExperimentTag,
                           "an experiment was written before, and TensorBoard "
                           "reads one only");
  log_message(run, kExperimentTag, *content);
}

}  // namespace

void Core::end_sessions() noexcept {
  std::vector<Run*> runs;
  guarded(*root_, [&] {
    Lock lock(mutex_);
    for (const auto& run : runs_) runs.push_back(run.get());
  });
  for (Run* run : runs) {
    guarded(*run, [&] {
      const std::optional<bool> failed = run->plugins.end_session();
      if (!failed) return;
      const SessionStatus status =
          *failed ? SessionStatus::kFailure : SessionStatus::kSuccess;
      log_message(*run, kSessionEndTag,
                  encode_session_end(status, wall_time()));
    });
  }
}

}  // namespace internal

void SummaryWriter::hparams(const HParam* values, size_t count,
                            const HParamsOptions& options) noexcept {
  internal::with_run(run_, [&](internal::Run& run) {
    internal::start_session(run, {values, count}, options);
  });
}

void HParamsExperiment::write(SummaryWriter& root) const noexcept {
  internal::with_run(root.run_, [&](internal::Run& run) {
    internal::log_experiment(run, *this);
  });
}

}  // namespace tblog
