// SPDX-License-Identifier: Apache-2.0
//
// LayerTable: the rules, the layers that are known by name, and which rules
// mean which layer, resolved once a layer. The caller guards it by a lock; a
// LayerRecord's address is good as long as the table.

#ifndef TBLOG_SRC_HOOK_LAYER_TABLE_H_
#define TBLOG_SRC_HOOK_LAYER_TABLE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "src/hook/log_kind.h"
#include "src/hook/report.h"
#include "src/hook/schedule.h"
#include "src/hook/selector.h"
#include "src/hook/watch_memory.h"
#include "tblog/layer_hooks.h"
#include "tblog/rule.h"

namespace tblog::internal {

// What was noticed under a lock and is told without it.
struct Findings {
  std::vector<absl::Status> failures;
  std::vector<absl::Status> refusals;
  std::vector<absl::Status> exceptions;

  void deliver(HookReports& reports) const noexcept;
};

// What is known of one tag from step to step.
struct Series {
  std::string tag;  // "<layer>[:<call>][/<leaf>]/<kind>"

  // Whether a step had several calls: unknown, never, once at least.
  enum class Calls : uint8_t { kUnknown, kOne, kSeveral };
  std::atomic<Calls> calls{Calls::kUnknown};

  // The last step logged, by run.
  std::map<std::string, std::array<std::optional<int64_t>, kLogKinds>> last;

  WatchMemory watch;
};

// The layers that indices count together: those of one bind(), or all taps.
struct LayerGroup {
  int64_t count = 0;
  bool complete = false;  // `count` is final, so that #-1 has a meaning
};

class LayerRecord {
 public:
  Switch wanted;  // what LayerId asks
  // In a child of fork(), of a layer that was bound before: what its LayerId
  // asks.
  Switch* outer = nullptr;
  // BoundLayer::due while it is bound.
  std::shared_ptr<Switch> shared;

  Switch* outermost() { return outer != nullptr ? outer : &wanted; }
  void turn(uint32_t bits) {
    wanted.due.store(bits, std::memory_order_relaxed);
    if (outer != nullptr) outer->due.store(bits, std::memory_order_relaxed);
    if (shared != nullptr) shared->due.store(bits, std::memory_order_relaxed);
  }

  std::string name;
  std::string type;
  int64_t index = 0;
  std::shared_ptr<LayerGroup> group;
  bool bound = false;      // a Binding lives
  bool was_bound = false;  // once; without one its taps lead nowhere

  // Numbers of the rules that mean this layer, ascending, and what they want.
  std::vector<size_t> rules;
  uint32_t requested = 0;  // kinds that living Captures want

  struct Structure {
    Phase phase = Phase::kTrain;
    std::string leaves;
    bool reported = false;
  };
  std::array<std::optional<Structure>, kTensorKinds> structures;

  bool silent() const { return was_bound && !bound; }
  LayerInfo info() const { return {name, type, index}; }
  std::optional<int64_t> count() const {
    return group->complete ? std::optional<int64_t>(group->count)
                           : std::nullopt;
  }

  // In graphs; see HookCore::node_name().
  std::string node_name;

  using SeriesKey = std::tuple<TensorKind, std::string, int>;  // leaf, call
  std::map<SeriesKey, std::unique_ptr<Series>> series;
};

struct RuleState {
  explicit RuleState(const Rule& rule) : spec(rule.spec()), schedule(spec) {}
  RuleState(const RuleState&) = delete;

  RuleSpec spec;
  Schedule schedule;
  std::optional<Selector> selector;  // none: the rule makes no sense
  std::vector<bool> matched;         // by part of the selector
  std::atomic<uint32_t> fired{0};    // kinds that were seen in a due step
};

// What a living Capture wants.
struct CaptureRequest {
  std::vector<Selector> selectors;
  TensorKindSet kinds;

  bool matches(const LayerInfo& layer, std::optional<int64_t> count) const;
};

class LayerTable {
 public:
  static constexpr size_t kMaxLayers = 100'000;
  static constexpr size_t kMaxSeries = 100'000;

  LayerTable(const std::vector<Rule>& rules, Findings& findings);

  std::deque<RuleState>& rules() { return rules_; }
  const std::deque<RuleState>& rules() const { return rules_; }
  std::deque<LayerRecord>& layers() { return layers_; }

  // The layer that a tap names, made where it is new; null when there are too
  // many.
  LayerRecord* tap(std::string_view name, Findings& findings);
  // Taps that come later have indices, but #-1 will not mean them.
  void complete_taps(Findings& findings);
  void declare(const std::vector<std::string>& names, Findings& findings);

  // Errors: see LayerHooks::bind(); nothing has changed then.
  absl::StatusOr<std::vector<LayerRecord*>> bind(
      const std::vector<BoundLayer>& layers, Findings& findings);
  // The same of layers that were bound in a process before this one: whether
  // each rule finds its layers was asked there.
  absl::StatusOr<std::vector<LayerRecord*>> bind_again(
      const std::vector<BoundLayer>& layers, Findings& findings);
  void unbind(const std::vector<LayerRecord*>& layers);

  // Null when there are too many.
  Series* series(LayerRecord& layer, TensorKind kind, std::string_view leaf,
                 int call, Findings& findings);

  // Living requests only; null ones have gone. Resolves layers against them
  // where something changed.
  void add_request(std::shared_ptr<const CaptureRequest> request);
  void drop_dead_requests();
  uint32_t requested_kinds() const { return requested_kinds_; }
  const std::vector<std::weak_ptr<const CaptureRequest>>& requests() const {
    return requests_;
  }

  std::vector<std::string> names() const;
  std::vector<std::string> unmatched() const;
  std::vector<std::string> never_fired() const;
  // A failure for each part of a selector that matches nothing.
  void note_unmatched(Findings& findings) const;

 private:
  LayerRecord& add(std::string_view name, std::string_view type, int64_t index,
                   std::shared_ptr<LayerGroup> group);
  // Whether the rule means the layer; remembers which parts do.
  bool means(RuleState& rule, const LayerRecord& layer, Findings& findings);
  // Asks all rules; each predicate is asked once a layer.
  void resolve(LayerRecord& layer, Findings& findings);
  // Asks again those whose answer hung on the number of layers.
  void resolve_patterns(LayerRecord& layer, Findings& findings);
  void resolve_requests(LayerRecord& layer);
  bool any_matches(const Selector& selector, size_t part,
                   const std::vector<BoundLayer>& layers, Findings& findings);
  absl::Status check_names(const std::vector<BoundLayer>& layers) const;
  absl::Status check_matches(const std::vector<BoundLayer>& layers,
                             Findings& findings);

  std::deque<RuleState> rules_;  // keeps addresses
  absl::Status rules_status_;    // the first rule that makes no sense
  std::deque<LayerRecord> layers_;
  absl::flat_hash_map<absl::string_view, LayerRecord*> by_name_;
  std::shared_ptr<LayerGroup> taps_ = std::make_shared<LayerGroup>();
  size_t series_count_ = 0;
  std::vector<std::weak_ptr<const CaptureRequest>> requests_;
  uint32_t requested_kinds_ = 0;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_LAYER_TABLE_H_
