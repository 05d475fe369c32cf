// SPDX-License-Identifier: Apache-2.0

#include "src/hook/log_kind.h"

namespace tblog::internal {

bool asks_for(const RuleSpec& spec, LogKind log, TensorKind kind) {
  if (!spec.kinds.contains(kind)) return false;
  switch (log) {
    case LogKind::kStats:
      return !spec.stats.empty();
    case LogKind::kHistogram:
      return spec.histogram;
    case LogKind::kImageGrid:
      return spec.image_grid;
    case LogKind::kTensor:
      return spec.tensor;
    case LogKind::kShape:
      return spec.shapes;
    case LogKind::kNonfinite:
      return spec.nonfinite.has_value();
    case LogKind::kNorm:
      return spec.norm.has_value();
    case LogKind::kDeadUnits:
      return spec.dead_units.has_value();
    case LogKind::kUpdateRatio:
      return spec.update_ratio.has_value() && kind == TensorKind::kWeights;
    case LogKind::kSaturation:
      return spec.saturation.has_value();
  }
  return false;
}

bool logs_tensors(const RuleSpec& spec) {
  return !spec.stats.empty() || spec.histogram || spec.image_grid ||
         spec.tensor || spec.shapes || spec.nonfinite || spec.norm ||
         spec.dead_units || spec.update_ratio || spec.saturation ||
         never_thinned(spec);
}

bool never_thinned(const RuleSpec& spec) {
  return spec.capture || spec.save_npz || !spec.callbacks.empty();
}

bool keeps_inputs(const RuleSpec& spec) {
  return spec.nonfinite && !spec.nonfinite->save_npz.empty() &&
         spec.kinds.contains(TensorKind::kOutputs);
}

}  // namespace tblog::internal
