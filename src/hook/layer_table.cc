// SPDX-License-Identifier: Apache-2.0

#include "src/hook/layer_table.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/hook/names.h"

namespace tblog::internal {
namespace {

// The answer of a selector, whose predicate may throw; unknown counts as no.
bool asks_for(const Selector& selector, size_t part, const LayerInfo& layer,
              std::optional<int64_t> count, Findings& findings) {
  try {
    return selector.matches(part, layer, count).value_or(false);
  } catch (...) {
    findings.exceptions.push_back(describe_exception("a rule's predicate"));
    return false;
  }
}

constexpr int64_t kNoIndex = -1;

int64_t count_indexed(const std::vector<BoundLayer>& layers) {
  return std::count_if(layers.begin(), layers.end(),
                       [](const auto& layer) { return !layer.composite; });
}

// Of a rule that says of none: weights where only these will do.
TensorKind default_kind(const RuleSpec& spec) {
  return spec.update_ratio ? TensorKind::kWeights : TensorKind::kOutputs;
}

}  // namespace

void Findings::deliver(HookReports& reports) const noexcept {
  for (const absl::Status& status : failures) reports.tell(status);
  for (const absl::Status& status : refusals) reports.refuse(status);
  for (const absl::Status& status : exceptions) reports.exception(status);
}

bool CaptureRequest::matches(const LayerInfo& layer,
                             std::optional<int64_t> count) const {
  for (const Selector& selector : selectors) {
    for (size_t part = 0; part < selector.parts(); ++part) {
      if (selector.matches(part, layer, count).value_or(false)) return true;
    }
  }
  return false;
}

LayerTable::LayerTable(const std::vector<Rule>& rules, Findings& findings) {
  for (const Rule& rule : rules) {
    RuleState& state = rules_.emplace_back(rule);
    if (state.spec.times && !logs_tensors(state.spec)) {
      state.spec.kinds = TensorKindSet();
    } else if (state.spec.kinds.empty()) {
      state.spec.kinds = default_kind(state.spec);
    }
    absl::Status status = check_rule(state.spec);
    if (status.ok()) {
      absl::StatusOr<Selector> selector = Selector::make(state.spec);
      status = selector.status();
      if (selector.ok()) state.selector = *std::move(selector);
    }
    if (!status.ok()) {
      rules_status_.Update(status);
      findings.refusals.push_back(std::move(status));
      continue;
    }
    state.matched.resize(state.selector->parts());
  }
}

// ---- Layers ----

LayerRecord& LayerTable::add(std::string_view name, std::string_view type,
                             int64_t index, std::shared_ptr<LayerGroup> group) {
  const auto known = by_name_.find(to_absl(name));
  if (known == by_name_.end()) {
    LayerRecord& fresh = layers_.emplace_back();
    fresh.name = std::string(name);
    by_name_.emplace(fresh.name, &fresh);
  }
  LayerRecord& layer = *by_name_.find(to_absl(name))->second;
  layer.type = std::string(type);
  layer.index = index;
  layer.group = std::move(group);
  return layer;
}

LayerRecord* LayerTable::tap(std::string_view name, Findings& findings) {
  const auto known = by_name_.find(to_absl(name));
  if (known != by_name_.end()) return known->second;
  if (name.empty()) {
    findings.refusals.push_back(
        absl::InvalidArgumentError("a layer without a name was tapped"));
    return nullptr;
  }
  if (layers_.size() >= kMaxLayers) {
    findings.refusals.push_back(absl::ResourceExhaustedError(absl::StrCat(
        "more than ", kMaxLayers,
        " different layers: names should not change from step to step")));
    return nullptr;
  }
  LayerRecord& layer = add(name, {}, taps_->count, taps_);
  ++taps_->count;
  resolve(layer, findings);
  return &layer;
}

void LayerTable::complete_taps(Findings& findings) {
  if (taps_->complete) return;
  taps_->complete = true;
  for (LayerRecord& layer : layers_) {
    if (layer.group == taps_) resolve_patterns(layer, findings);
  }
}

void LayerTable::declare(const std::vector<std::string>& names,
                         Findings& findings) {
  for (const std::string& name : names) tap(name, findings);
  complete_taps(findings);
}

absl::Status LayerTable::check_names(
    const std::vector<BoundLayer>& layers) const {
  absl::flat_hash_set<absl::string_view> seen;
  for (const BoundLayer& layer : layers) {
    if (layer.name.empty()) {
      return absl::InvalidArgumentError("a layer has no name");
    }
    if (!seen.insert(layer.name).second) {
      return absl::InvalidArgumentError(absl::StrCat(
          "two layers have the name \"", escaped(layer.name), "\""));
    }
    const auto known = by_name_.find(layer.name);
    if (known != by_name_.end() && known->second->bound) {
      return absl::AlreadyExistsError(absl::StrCat(
          "a layer \"", escaped(layer.name),
          "\" is bound already: give each model a prefix by scope()"));
    }
  }
  if (layers_.size() + layers.size() > kMaxLayers) {
    return absl::ResourceExhaustedError(
        absl::StrCat("more than ", kMaxLayers, " layers"));
  }
  return absl::OkStatus();
}

bool LayerTable::any_matches(const Selector& selector, size_t part,
                             const std::vector<BoundLayer>& layers,
                             Findings& findings) {
  const int64_t count = count_indexed(layers);
  int64_t next = 0;
  for (const BoundLayer& layer : layers) {
    const int64_t index = layer.composite ? kNoIndex : next++;
    if (asks_for(selector, part, {layer.name, layer.type, index}, count,
                 findings)) {
      return true;
    }
  }
  return false;
}

absl::Status LayerTable::check_matches(const std::vector<BoundLayer>& layers,
                                       Findings& findings) {
  for (const RuleState& rule : rules_) {
    if (!rule.selector) continue;
    for (size_t part = 0; part < rule.matched.size(); ++part) {
      if (rule.matched[part] ||
          any_matches(*rule.selector, part, layers, findings)) {
        continue;
      }
      std::vector<std::string> known = names();
      for (const BoundLayer& layer : layers) known.push_back(layer.name);
      const std::string& text = rule.selector->part(part);
      return absl::NotFoundError(absl::StrCat("no layer matches \"",
                                              escaped(text), "\"; ",
                                              describe_nearest(text, known)));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<LayerRecord*>> LayerTable::bind(
    const std::vector<BoundLayer>& layers, Findings& findings) {
  if (!rules_status_.ok()) return rules_status_;
  // Names first: their errors are the plainer ones.
  if (absl::Status s = check_names(layers); !s.ok()) return s;
  if (absl::Status s = check_matches(layers, findings); !s.ok()) return s;
  return bind_again(layers, findings);
}

absl::StatusOr<std::vector<LayerRecord*>> LayerTable::bind_again(
    const std::vector<BoundLayer>& layers, Findings& findings) {
  if (absl::Status s = check_names(layers); !s.ok()) return s;
  auto group = std::make_shared<LayerGroup>();
  group->count = count_indexed(layers);
  group->complete = true;
  std::vector<LayerRecord*> records;
  int64_t next = 0;
  for (const BoundLayer& bound : layers) {
    const int64_t index = bound.composite ? kNoIndex : next++;
    LayerRecord& layer = add(bound.name, bound.type, index, group);
    layer.shared = bound.due;
    layer.bound = true;
    layer.was_bound = true;
    resolve(layer, findings);
    records.push_back(&layer);
  }
  return records;
}

void LayerTable::unbind(const std::vector<LayerRecord*>& layers) {
  for (LayerRecord* layer : layers) {
    layer->bound = false;
    layer->turn(0);
    layer->shared = nullptr;
  }
}

bool LayerTable::means(RuleState& rule, const LayerRecord& layer,
                       Findings& findings) {
  if (!rule.selector) return false;
  bool any = false;
  for (size_t part = 0; part < rule.matched.size(); ++part) {
    if (!asks_for(*rule.selector, part, layer.info(), layer.count(),
                  findings)) {
      continue;
    }
    any = true;
    rule.matched[part] = true;
  }
  return any;
}

void LayerTable::resolve(LayerRecord& layer, Findings& findings) {
  layer.rules.clear();
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (means(rules_[i], layer, findings)) layer.rules.push_back(i);
  }
  resolve_requests(layer);
}

void LayerTable::resolve_patterns(LayerRecord& layer, Findings& findings) {
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].spec.select_by != SelectBy::kPattern) continue;
    const auto at = std::lower_bound(layer.rules.begin(), layer.rules.end(), i);
    const bool known = at != layer.rules.end() && *at == i;
    if (!known && means(rules_[i], layer, findings)) layer.rules.insert(at, i);
  }
  resolve_requests(layer);
}

Series* LayerTable::series(LayerRecord& layer, TensorKind kind,
                           std::string_view leaf, int call,
                           Findings& findings) {
  LayerRecord::SeriesKey key(kind, std::string(leaf), call);
  const auto known = layer.series.find(key);
  if (known != layer.series.end()) return known->second.get();
  if (series_count_ >= kMaxSeries) {
    findings.refusals.push_back(absl::ResourceExhaustedError(
        absl::StrCat("more than ", kMaxSeries,
                     " different tensors: leaves should not change their names "
                     "from step to step")));
    return nullptr;
  }
  ++series_count_;
  auto series = std::make_unique<Series>();
  series->tag = layer.name;
  if (call > 0) absl::StrAppend(&series->tag, ":", call);
  if (!leaf.empty()) absl::StrAppend(&series->tag, "/", to_absl(leaf));
  absl::StrAppend(&series->tag, "/", to_absl(tensor_kind_name(kind)));
  return layer.series.emplace(std::move(key), std::move(series))
      .first->second.get();
}

// ---- Captures ----

void LayerTable::resolve_requests(LayerRecord& layer) {
  layer.requested = 0;
  for (const auto& weak : requests_) {
    const std::shared_ptr<const CaptureRequest> request = weak.lock();
    if (request && request->matches(layer.info(), layer.count())) {
      layer.requested |= request->kinds.bits();
    }
  }
}

void LayerTable::add_request(std::shared_ptr<const CaptureRequest> request) {
  requested_kinds_ |= request->kinds.bits();
  requests_.emplace_back(std::move(request));
  for (LayerRecord& layer : layers_) resolve_requests(layer);
}

void LayerTable::drop_dead_requests() {
  const size_t before = requests_.size();
  requests_.erase(
      std::remove_if(requests_.begin(), requests_.end(),
                     [](const auto& weak) { return weak.expired(); }),
      requests_.end());
  if (requests_.size() == before) return;
  requested_kinds_ = 0;
  for (const auto& weak : requests_) {
    if (const auto request = weak.lock()) {
      requested_kinds_ |= request->kinds.bits();
    }
  }
  for (LayerRecord& layer : layers_) resolve_requests(layer);
}

// ---- What came of it ----

std::vector<std::string> LayerTable::names() const {
  std::vector<std::string> names;
  for (const LayerRecord& layer : layers_) names.push_back(layer.name);
  return names;
}

std::vector<std::string> LayerTable::unmatched() const {
  std::vector<std::string> parts;
  for (const RuleState& rule : rules_) {
    for (size_t part = 0; part < rule.matched.size(); ++part) {
      const std::string& text = rule.selector->part(part);
      if (!rule.matched[part] &&
          std::find(parts.begin(), parts.end(), text) == parts.end()) {
        parts.push_back(text);
      }
    }
  }
  return parts;
}

std::vector<std::string> LayerTable::never_fired() const {
  std::vector<std::string> asked;
  for (const RuleState& rule : rules_) {
    if (std::find(rule.matched.begin(), rule.matched.end(), true) ==
        rule.matched.end()) {
      continue;
    }
    const uint32_t fired = rule.fired.load(std::memory_order_relaxed);
    if (rule.spec.times && (fired & Switch::kTimes) == 0) {
      asked.push_back(absl::StrCat(rule.spec.selector, ": times"));
    }
    for (size_t k = 0; k < kTensorKinds; ++k) {
      const auto kind = static_cast<TensorKind>(k);
      if (!rule.spec.kinds.contains(kind) ||
          (fired & TensorKindSet(kind).bits()) != 0) {
        continue;
      }
      asked.push_back(absl::StrCat(rule.spec.selector, ": ",
                                   to_absl(tensor_kind_name(kind))));
    }
  }
  return asked;
}

void LayerTable::note_unmatched(Findings& findings) const {
  const std::vector<std::string> known = names();
  for (const std::string& part : unmatched()) {
    findings.failures.push_back(absl::NotFoundError(
        absl::StrCat("no layer matches \"", escaped(part), "\"; ",
                     describe_nearest(part, known))));
  }
}

}  // namespace tblog::internal
