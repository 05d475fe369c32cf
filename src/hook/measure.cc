// SPDX-License-Identifier: Apache-2.0

#include "src/hook/measure.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tblog::internal {
namespace {

uint64_t nonfinite_of(const TensorStats& stats) {
  return stats.nan + stats.pos_inf + stats.neg_inf;
}

// NaN and infinity where there are any: what a norm is that was computed.
double norm_of(const TensorStats& stats) {
  if (stats.nan > 0) return std::numeric_limits<double>::quiet_NaN();
  if (stats.pos_inf + stats.neg_inf > 0) {
    return std::numeric_limits<double>::infinity();
  }
  return stats.l2;
}

Measure norm(const TensorStats& stats, const NormWatch& watch) {
  const double value = norm_of(stats);
  return {LogKind::kNorm,
          "norm",
          value,
          {{Watch::kVanishing, value <= watch.vanishing, watch.in_a_row},
           {Watch::kExploding, value > watch.exploding, 1}}};
}

Measure dead_fraction(const std::vector<uint8_t>& live,
                      const DeadUnitsWatch& watch) {
  const auto dead =
      static_cast<double>(std::count(live.begin(), live.end(), 0));
  const double value = dead / static_cast<double>(live.size());
  return {LogKind::kDeadUnits,
          "dead_fraction",
          value,
          {{Watch::kDeadUnits, value >= watch.share, watch.in_a_row}}};
}

Measure update_ratio(const SquaredChange& change,
                     const UpdateRatioWatch& watch) {
  const double value = std::sqrt(change.change / change.before);
  return {LogKind::kUpdateRatio,
          "update_ratio",
          value,
          {{Watch::kSmallUpdates, value <= watch.low, watch.in_a_row},
           {Watch::kLargeUpdates, value > watch.high, watch.in_a_row}}};
}

Measure saturated_fraction(const SaturatedCount& count,
                           const SaturationWatch& watch) {
  const double value =
      static_cast<double>(count.saturated) / static_cast<double>(count.all);
  return {LogKind::kSaturation,
          "saturated_fraction",
          value,
          {{Watch::kSaturation, value >= watch.share, watch.in_a_row}}};
}

}  // namespace

std::vector<Measure> measures_of(const Plan& plan, const LeafState& leaf) {
  std::vector<Measure> measures;
  const auto rule = [&](LogKind kind) -> const RuleSpec& {
    return *plan.log[static_cast<size_t>(kind)];
  };
  if (leaf.nonfinite) {
    measures.push_back({LogKind::kNonfinite,
                        "nonfinite_count",
                        static_cast<double>(*leaf.nonfinite),
                        {}});
  }
  if (leaf.norm && leaf.norm->num + nonfinite_of(*leaf.norm) > 0) {
    measures.push_back(norm(*leaf.norm, *rule(LogKind::kNorm).norm));
  }
  if (!leaf.live_units.empty()) {
    measures.push_back(
        dead_fraction(leaf.live_units, *rule(LogKind::kDeadUnits).dead_units));
  }
  // Weights that are all zero have no ratio.
  if (leaf.change && leaf.change->before > 0) {
    measures.push_back(
        update_ratio(*leaf.change, *rule(LogKind::kUpdateRatio).update_ratio));
  }
  if (leaf.saturation && leaf.saturation->all > 0) {
    measures.push_back(saturated_fraction(
        *leaf.saturation, *rule(LogKind::kSaturation).saturation));
  }
  return measures;
}

}  // namespace tblog::internal
