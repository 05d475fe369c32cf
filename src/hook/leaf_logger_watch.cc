// SPDX-License-Identifier: Apache-2.0
//
// The part of LeafLogger that measures what watches ask for.

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/base/elements.h"
#include "src/base/strings.h"
#include "src/hook/finding.h"
#include "src/hook/leaf_logger.h"
#include "src/hook/npz_file.h"

namespace tblog::internal {
namespace {

constexpr int64_t kMaxUnits = int64_t{1} << 20;

uint64_t nonfinite_of(const TensorStats& stats) {
  return stats.nan + stats.pos_inf + stats.neg_inf;
}

}  // namespace

// ---- Values that are not finite ----

void LeafLogger::watch_nonfinite(const Slot& slot, const RuleSpec& rule,
                                 const TensorView& value) {
  const absl::Status status = check_countable(value);
  if (!status.ok()) return refuse("a watch", slot.leaf->leaf, status);
  const bool has_stats =
      stats_ || state_.plan.log[static_cast<size_t>(LogKind::kNorm)] != nullptr;
  const uint64_t count = has_stats && stats_of(value).ok()
                             ? nonfinite_of(*stats_of(value))
                             : count_nonfinite(value);
  put([&] {
    context_.watches_nonfinite = true;
    std::optional<uint64_t>& all = slot.leaf->nonfinite;
    all = (slot.merges ? all.value_or(0) : 0) + count;
  });
  if (count > 0) tell_nonfinite(*slot.leaf, rule, count, value);
}

void LeafLogger::tell_nonfinite(const LeafState& leaf, const RuleSpec& rule,
                                uint64_t count, const TensorView& value) {
  if (!core_.take_nonfinite(*leaf.series, context_)) return;
  std::optional<NonfiniteElement> element = find_nonfinite(value);
  if (!element) return;
  WatchFinding finding =
      make_finding(Watch::kNonfinite, state_, leaf, context_, element->value);
  finding.call = call_;
  finding.index = std::move(element->index);
  std::vector<std::string> facts{
      absl::StrCat(count, " of ", value.size(), " values are not finite")};
  if (call_ > 0) {
    facts.push_back(absl::StrCat("call ", call_, " of the layer in this step"));
  }
  const std::string& directory = rule.nonfinite->save_npz;
  if (!directory.empty()) facts.push_back(save_inputs(leaf, directory, value));
  core_.tell(std::move(finding), leaf.series->tag, facts);
}

// What came of it, in words.
std::string LeafLogger::save_inputs(const LeafState& leaf,
                                    const std::string& directory,
                                    const TensorView& value) {
  const std::string& tag = leaf.series->tag;
  CaptureEntry entry;
  entry.layer = state_.layer->name;
  entry.kind = state_.kind;
  entry.base = tag.substr(0, tag.size() - tensor_kind_name(entry.kind).size());
  entry.base.pop_back();  // the '/'
  entry.tensor = std::make_shared<const OwnedTensor>(value);
  std::vector<CaptureEntry> entries{entry};
  if (state_.kind == TensorKind::kOutputs) {
    std::lock_guard<std::mutex> lock(context_.mutex);
    entry.kind = TensorKind::kInputs;
    for (const HeldTensor& input :
         context_.inputs[{state_.layer, std::this_thread::get_id()}]) {
      entry.base = state_.layer->name;
      if (!input.leaf.empty()) entry.base += "/" + input.leaf;
      entry.tensor = input.tensor;
      entries.push_back(entry);
    }
  }
  const std::string run = core_.run_of(context_.phase);
  const absl::StatusOr<std::string> path = save_in(
      run.empty() ? directory : directory + "/" + run,
      absl::StrCat("nonfinite-", context_.step, ".npz"), pointers_to(entries));
  if (path.ok()) {
    return absl::StrCat("saved, with ", entries.size() - 1, " inputs: ", *path);
  }
  core_.reports().refuse(path.status(), "npz " + directory);
  return absl::StrCat("not saved: ", path.status().message());
}

void LeafLogger::hold_input(std::string_view path, const TensorView& value) {
  if (!holds_inputs_) drop_inputs();  // of a call that gave no outputs
  holds_inputs_ = true;
  if (!check_host_view(value).ok()) return;
  if (!reserve_bytes(tag(path), nullptr, value.size_bytes())) return;
  auto copy = std::make_shared<const OwnedTensor>(value);
  put([&] {
    context_.inputs[{state_.layer, std::this_thread::get_id()}].push_back(
        {std::string(path), std::move(copy)});
  });
}

void LeafLogger::drop_inputs() {
  std::lock_guard<std::mutex> lock(context_.mutex);
  const auto held =
      context_.inputs.find({state_.layer, std::this_thread::get_id()});
  if (held == context_.inputs.end()) return;
  for (const HeldTensor& input : held->second) {
    context_.copied_bytes -= input.tensor->view().size_bytes();
  }
  context_.inputs.erase(held);
}

void LeafLogger::finish() {
  const RuleSpec* const rule =
      state_.plan.log[static_cast<size_t>(LogKind::kNonfinite)];
  if (state_.kind == TensorKind::kOutputs && rule != nullptr &&
      keeps_inputs(*rule)) {
    drop_inputs();
  }
}

// ---- Numbers that are judged when the step ends ----

void LeafLogger::watch_norm(const Slot& slot, const TensorView& value) {
  const absl::StatusOr<TensorStats>& stats = stats_of(value);
  if (!stats.ok()) return refuse("norm", slot.leaf->leaf, stats.status());
  put([&] {
    std::optional<TensorStats>& all = slot.leaf->norm;
    all = slot.merges && all ? merge_stats(*all, *stats) : *stats;
  });
}

void LeafLogger::watch_units(const Slot& slot, const RuleSpec& rule,
                             const TensorView& value) {
  absl::Status status = check_countable(value);
  const std::optional<size_t> axis =
      unit_axis_of(value, rule.dead_units->unit_axis);
  if (status.ok() && (!axis || value.dim(*axis) > kMaxUnits)) {
    status = absl::InvalidArgumentError(absl::StrCat(
        "dimension ", rule.dead_units->unit_axis, " of a tensor of ",
        value.rank(),
        " cannot count units: there is none, or it has more than ", kMaxUnits));
  }
  if (!status.ok()) return refuse("dead units", slot.leaf->leaf, status);
  std::vector<uint8_t> live(static_cast<size_t>(value.dim(*axis)));
  mark_live_units(value, *axis, live);
  put([&] {
    std::vector<uint8_t>& all = slot.leaf->live_units;
    if (!slot.merges || all.size() != live.size()) {
      all = std::move(live);
      return;
    }
    std::transform(all.begin(), all.end(), live.begin(), all.begin(),
                   [](uint8_t a, uint8_t b) { return a | b; });
  });
}

void LeafLogger::watch_saturation(const Slot& slot, const RuleSpec& rule,
                                  const TensorView& value) {
  const absl::Status status = check_countable(value);
  if (!status.ok()) return refuse("saturation", slot.leaf->leaf, status);
  const SaturatedCount count =
      count_saturated(value, rule.saturation->lower, rule.saturation->upper);
  put([&] {
    std::optional<SaturatedCount>& all = slot.leaf->saturation;
    if (!slot.merges || !all) all.emplace();
    all->saturated += count.saturated;
    all->all += count.all;
  });
}

void LeafLogger::add_change(std::string_view path,
                            const SquaredChange& change) {
  const Slot slot = find_slot(path, Repeat::kLast, 1);
  if (slot.leaf != nullptr) put([&] { slot.leaf->change = change; });
}

}  // namespace tblog::internal
