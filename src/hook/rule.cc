// SPDX-License-Identifier: Apache-2.0

#include "tblog/rule.h"

#include <utility>

namespace tblog {
namespace {

internal::RuleSpec select(internal::SelectBy by, std::string_view selector) {
  internal::RuleSpec spec;
  spec.select_by = by;
  spec.selector = std::string(selector);
  return spec;
}

}  // namespace

Rule Rule::layers(std::string_view selector) {
  Rule rule;
  rule.spec_ = select(internal::SelectBy::kPattern, selector);
  return rule;
}

Rule Rule::regex(std::string_view expression) {
  Rule rule;
  rule.spec_ = select(internal::SelectBy::kRegex, expression);
  return rule;
}

Rule Rule::type(std::string_view selector) {
  Rule rule;
  rule.spec_ = select(internal::SelectBy::kType, selector);
  return rule;
}

Rule Rule::where(std::function<bool(const LayerInfo&)> predicate) {
  Rule rule;
  rule.spec_ = select(internal::SelectBy::kPredicate, "where(…)");
  rule.spec_.predicate = std::move(predicate);
  return rule;
}

Rule& Rule::outputs() {
  spec_.kinds = spec_.kinds | TensorKind::kOutputs;
  return *this;
}

Rule& Rule::inputs() {
  spec_.kinds = spec_.kinds | TensorKind::kInputs;
  return *this;
}

Rule& Rule::gradients() {
  spec_.kinds = spec_.kinds | TensorKind::kGradients;
  return *this;
}

Rule& Rule::weights() {
  spec_.kinds = spec_.kinds | TensorKind::kWeights;
  return *this;
}

Rule& Rule::weight_gradients() {
  spec_.kinds = spec_.kinds | TensorKind::kWeightGradients;
  return *this;
}

Rule& Rule::stats(StatSet which) {
  spec_.stats = which;
  return *this;
}

Rule& Rule::histogram(const HistogramOptions& options) {
  spec_.histogram = true;
  spec_.histogram_options = options;
  return *this;
}

Rule& Rule::image_grid(const ImageGridOptions& options) {
  spec_.image_grid = true;
  spec_.image_grid_options = options;
  return *this;
}

Rule& Rule::tensor() {
  spec_.tensor = true;
  return *this;
}

Rule& Rule::shapes() {
  spec_.shapes = true;
  return *this;
}

Rule& Rule::times() {
  spec_.times = true;
  return *this;
}

Rule& Rule::capture() {
  spec_.capture = true;
  return *this;
}

Rule& Rule::save_npz(std::string_view directory) {
  spec_.npz_directory = std::string(directory);
  spec_.save_npz = true;
  return *this;
}

Rule& Rule::call(std::function<void(const LayerEvent&)> callback) {
  spec_.callbacks.push_back(std::move(callback));
  return *this;
}

Rule& Rule::watch_nonfinite(const NonfiniteWatch& options) {
  spec_.nonfinite = options;
  return *this;
}

Rule& Rule::watch_norm(const NormWatch& options) {
  spec_.norm = options;
  return *this;
}

Rule& Rule::watch_dead_units(const DeadUnitsWatch& options) {
  spec_.dead_units = options;
  return *this;
}

Rule& Rule::watch_update_ratio(const UpdateRatioWatch& options) {
  spec_.update_ratio = options;
  return *this;
}

Rule& Rule::watch_saturation(const SaturationWatch& options) {
  spec_.saturation = options;
  return *this;
}

Rule& Rule::every(int64_t steps) {
  spec_.every_steps = steps;
  return *this;
}

Rule& Rule::first(int64_t steps) {
  spec_.first_steps = steps;
  return *this;
}

Rule& Rule::every(std::chrono::nanoseconds time) {
  spec_.every_time = time;
  spec_.by_time = true;
  return *this;
}

Rule& Rule::in(const Phase& phase) {
  spec_.phases.push_back(phase);
  return *this;
}

Rule& Rule::repeat(Repeat repeat, int max_calls) {
  spec_.repeat = repeat;
  spec_.max_calls = max_calls;
  return *this;
}

}  // namespace tblog
