// SPDX-License-Identifier: Apache-2.0

#include "src/hook/leaf_logger.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/elements.h"
#include "src/base/strings.h"

namespace tblog::internal {
void LeafLogger::leaf(std::string_view path, const TensorView& value) {
  if (!leaves_.empty()) leaves_ += ", ";
  leaves_ += path.empty() ? std::string_view("one tensor") : path;
  if (state_.plan.empty() || core_.closed()) return;
  core_.reports().observed.fetch_add(1, std::memory_order_relaxed);
  for (RuleState* rule : state_.plan.rules) {
    rule->fired.fetch_or(TensorKindSet(state_.kind).bits(),
                         std::memory_order_relaxed);
  }
  if (!value.valid()) {
    refuse("", path, absl::InvalidArgumentError(to_absl(value.error())));
    return;
  }
  stats_.reset();
  if (state_.plan.keeps_inputs) hold_input(path, value);
  for (size_t i = 0; i < kLogKinds; ++i) {
    const RuleSpec* rule = state_.plan.log[i];
    if (rule != nullptr) log(static_cast<LogKind>(i), *rule, path, value);
  }
  if (state_.plan.copies()) add_copy(path, value);
  for (const RuleSpec* rule : state_.plan.callbacks) {
    call_back(*rule, path, value);
  }
}

std::string LeafLogger::tag(std::string_view path) const {
  std::string tag = state_.layer->name;
  if (!path.empty()) tag += "/" + std::string(path);
  return tag + "/" + std::string(tensor_kind_name(state_.kind));
}

void LeafLogger::refuse(absl::string_view what, std::string_view path,
                        const absl::Status& why) {
  core_.reports().refuse(absl::Status(
      why.code(), absl::StrCat(what, what.empty() ? "\"" : " of \"",
                               escaped(tag(path)), "\": ", why.message())));
}

// ---- Calls ----

LeafLogger::Slot LeafLogger::find_slot(std::string_view path, Repeat repeat,
                                       int max_calls) {
  if (repeat == Repeat::kFirst && call_ > 0) return {};
  const int call = repeat == Repeat::kIndex ? call_ : 0;
  if (call >= max_calls && call > 0) {
    core_.reports().remark(absl::ResourceExhaustedError(
        absl::StrCat("\"", escaped(tag(path)), "\" came more than ", max_calls,
                     " times in a step; the later ones are left out")));
    return {};
  }
  const std::pair<std::string, int> key(path, call);
  {
    std::lock_guard<std::mutex> lock(context_.mutex);
    if (context_.ended) return {};  // observe() says so
    const auto known = state_.leaves.find(key);
    if (known != state_.leaves.end()) {
      return take_slot(*known->second, repeat);
    }
  }
  Series* series = core_.series(*state_.layer, state_.kind, path, call);
  if (series == nullptr) return {};
  std::lock_guard<std::mutex> lock(context_.mutex);
  if (context_.ended) return {};
  std::unique_ptr<LeafState>& leaf = state_.leaves[key];
  if (leaf == nullptr) {
    leaf = std::make_unique<LeafState>();
    leaf->series = series;
    leaf->leaf = key.first;
    leaf->call = call;
    state_.order.push_back(leaf.get());
  }
  return take_slot(*leaf, repeat);
}

LeafLogger::Slot LeafLogger::take_slot(LeafState& leaf, Repeat repeat) const {
  if (repeat == Repeat::kLast) {
    if (call_ < leaf.latest) return {};  // gradients come the other way round
    leaf.latest = call_;
  }
  return {&leaf, repeat == Repeat::kMerge};
}

void LeafLogger::log(LogKind kind, const RuleSpec& rule, std::string_view path,
                     const TensorView& value) {
  const Slot slot = find_slot(path, rule.repeat, rule.max_calls);
  if (slot.leaf == nullptr) return;
  // What cannot be merged stands for the first call.
  const bool first_only = slot.merges && call_ > 0;
  switch (kind) {
    case LogKind::kStats:
      return add_stats(slot, value);
    case LogKind::kHistogram:
      return add_histogram(slot, rule, value);
    case LogKind::kImageGrid:
      return first_only ? void() : add_image(slot, rule, value);
    case LogKind::kTensor:
      return first_only ? void() : add_tensor(slot, value);
    case LogKind::kShape:
      return first_only ? void() : add_shape(slot, value);
    case LogKind::kNonfinite:
      return watch_nonfinite(slot, rule, value);
    case LogKind::kNorm:
      return watch_norm(slot, value);
    case LogKind::kDeadUnits:
      return watch_units(slot, rule, value);
    case LogKind::kUpdateRatio:
      return;  // see HookCore::read_changes()
    case LogKind::kSaturation:
      return watch_saturation(slot, rule, value);
  }
}

// ---- One kind of value each ----

const absl::StatusOr<TensorStats>& LeafLogger::stats_of(
    const TensorView& value) {
  if (!stats_) stats_ = compute_stats(value);
  return *stats_;
}

void LeafLogger::add_stats(const Slot& slot, const TensorView& value) {
  const absl::StatusOr<TensorStats>& stats = stats_of(value);
  if (!stats.ok()) return refuse("statistics", slot.leaf->leaf, stats.status());
  put([&] {
    std::optional<TensorStats>& all = slot.leaf->stats;
    all = slot.merges && all ? merge_stats(*all, *stats) : *stats;
  });
}

void LeafLogger::add_histogram(const Slot& slot, const RuleSpec& rule,
                               const TensorView& value) {
  const bool first = !slot.merges || call_ == 0;
  const bool more =
      slot.merges && slot.leaf->series->calls.load() != Series::Calls::kOne;
  absl::StatusOr<HistogramPart> part =
      make_part(value, rule.histogram_options, first, more);
  if (!part.ok()) return refuse("histogram", slot.leaf->leaf, part.status());
  put([&] {
    std::optional<MergedHistogram>& all = slot.leaf->histogram;
    if (!slot.merges || !all) all.emplace(rule.histogram_options);
    all->add(*std::move(part));
    ++slot.leaf->histogram_calls;
  });
}

void LeafLogger::add_image(const Slot& slot, const RuleSpec& rule,
                           const TensorView& value) {
  const bool weights = state_.kind == TensorKind::kWeights ||
                       state_.kind == TensorKind::kWeightGradients;
  absl::StatusOr<GridImage> image =
      make_image_grid(value, rule.image_grid_options, weights);
  if (!image.ok()) {
    return refuse("image grid", slot.leaf->leaf, image.status());
  }
  put([&] { slot.leaf->image = *std::move(image); });
}

void LeafLogger::add_tensor(const Slot& slot, const TensorView& value) {
  const absl::Status status = check_host_view(value);
  if (!status.ok()) return refuse("tensor", slot.leaf->leaf, status);
  auto copy = std::make_shared<const OwnedTensor>(value);
  put([&] { slot.leaf->tensor = std::move(copy); });
}

void LeafLogger::add_shape(const Slot& slot, const TensorView& value) {
  std::string shape = describe_shape(value);
  put([&] { slot.leaf->shape = std::move(shape); });
}

bool LeafLogger::reserve_bytes(const std::string& tag,
                               const LeafState* replaced, size_t bytes) {
  const size_t limit = core_.options().max_capture_bytes;
  {
    std::lock_guard<std::mutex> lock(context_.mutex);
    const size_t held = replaced != nullptr && replaced->copy
                            ? replaced->copy->view().size_bytes()
                            : 0;
    const size_t others = context_.copied_bytes - held;
    if (others <= limit && bytes <= limit - others) {
      context_.copied_bytes = others + bytes;
      return true;
    }
    ++context_.left_out;
  }
  core_.reports().refuse(absl::ResourceExhaustedError(absl::StrCat(
      "copy of \"", escaped(tag), "\" (", bytes,
      " bytes) left out: the step's copies would pass max_capture_bytes = ",
      limit)));
  return false;
}

void LeafLogger::add_copy(std::string_view path, const TensorView& value) {
  const Plan& plan = state_.plan;
  const Slot slot = find_slot(path, plan.copy_repeat(), plan.copy_max_calls());
  if (slot.leaf == nullptr || (slot.merges && call_ > 0)) return;
  const absl::Status status = check_host_view(value);
  if (!status.ok()) return refuse("copy", path, status);
  const SpendTimer timer(core_.budget(), core_.clock(), true);
  if (!reserve_bytes(slot.leaf->series->tag, slot.leaf, value.size_bytes())) {
    return;
  }
  auto copy = std::make_shared<const OwnedTensor>(value);
  core_.reports().logged.fetch_add(1, std::memory_order_relaxed);
  put([&] { slot.leaf->copy = std::move(copy); });
}

void LeafLogger::call_back(const RuleSpec& rule, std::string_view path,
                           const TensorView& value) {
  LayerEvent event;
  event.layer = state_.layer->name;
  event.type = state_.type;
  event.leaf = path;
  event.kind = state_.kind;
  event.call = call_;
  event.phase = context_.phase;
  event.step = context_.step;
  event.value = value;
  const SpendTimer timer(core_.budget(), core_.clock(), true);
  for (const auto& callback : rule.callbacks) {
    if (core_.closed()) return;
    try {
      callback(event);
      core_.reports().logged.fetch_add(1, std::memory_order_relaxed);
    } catch (...) {
      core_.reports().caught("callback of", tag(path));
    }
  }
}

}  // namespace tblog::internal
