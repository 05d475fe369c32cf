// SPDX-License-Identifier: Apache-2.0

#include "src/hook/step_output.h"

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/hook/finding.h"
#include "src/hook/measure.h"
#include "src/hook/npz_file.h"
#include "tblog/run_metadata.h"

namespace tblog::internal {
namespace {

// Logs the values of one step into one run.
class StepLogger {
 public:
  StepLogger(HookCore& core, const StepContext& context)
      : core_(core),
        context_(context),
        step_(context.step),
        run_(core.run_of(context.phase)),
        writer_(core.run_writer(run_)) {}

  void log(const KindState& state, LeafState& leaf) {
    const std::string& tag = leaf.series->tag;
    if (leaf.stats && has_values(leaf) && take(leaf, LogKind::kStats)) {
      const auto stats = static_cast<size_t>(LogKind::kStats);
      add_stats(tag, *leaf.stats, state.plan.log[stats]->stats);
    }
    for (const Measure& measure : measures_of(state.plan, leaf)) {
      if (take(leaf, measure.kind)) add_measure(state, leaf, measure);
    }
    if (leaf.histogram && take(leaf, LogKind::kHistogram)) {
      writer_.histogram(tag, leaf.histogram->result(), step_);
      leaf.series->calls = leaf.histogram_calls > 1
                               ? Series::Calls::kSeveral
                               : calls_after_one(*leaf.series);
    }
    if (leaf.image && take(leaf, LogKind::kImageGrid)) {
      writer_.image(tag + "/image", leaf.image->view(), step_);
    }
    if (leaf.tensor && take(leaf, LogKind::kTensor)) {
      writer_.tensor(tag + "/tensor", leaf.tensor->view(), step_);
    }
    if (leaf.shape && take(leaf, LogKind::kShape)) {
      writer_.text(tag + "/shape", *leaf.shape, step_);
    }
  }

  void finish() {
    std::vector<TagValue> values;
    for (const auto& [tag, value] : scalars_) values.emplace_back(tag, value);
    if (!values.empty()) writer_.scalars(values.data(), values.size(), step_);
    for (Found& found : findings_) {
      core_.tell(std::move(found.finding), found.tag, {});
    }
  }

 private:
  static Series::Calls calls_after_one(const Series& series) {
    return series.calls == Series::Calls::kSeveral ? Series::Calls::kSeveral
                                                   : Series::Calls::kOne;
  }

  static uint64_t nonfinite(const TensorStats& s) {
    return s.nan + s.pos_inf + s.neg_inf;
  }

  bool has_values(const LeafState& leaf) {
    if (leaf.stats->num + nonfinite(*leaf.stats) > 0) return true;
    core_.reports().refuse(absl::InvalidArgumentError(
        absl::StrCat("statistics of \"", escaped(leaf.series->tag),
                     "\": the tensor has no elements")));
    return false;
  }

  bool take(const LeafState& leaf, LogKind kind) {
    if (core_.take_step(*leaf.series, kind, run_, step_)) {
      core_.reports().logged.fetch_add(1, std::memory_order_relaxed);
      return true;
    }
    core_.reports().refuse(absl::AlreadyExistsError(absl::StrCat(
        "\"", escaped(leaf.series->tag),
        "\" got a second value at the same step, which is left out; open each "
        "step once, and give phases that share steps runs of their own by "
        "PhaseRuns::kChild")));
    return false;
  }

  void add_stats(const std::string& tag, const TensorStats& s, StatSet which) {
    const auto bad = static_cast<double>(nonfinite(s));
    const double all = static_cast<double>(s.num) + bad;
    const std::pair<Stat, double> stats[kStats] = {
        {Stat::kMean, s.mean},
        {Stat::kStd, s.std},
        {Stat::kMin, s.min},
        {Stat::kMax, s.max},
        {Stat::kL1, s.l1},
        {Stat::kL2, s.l2},
        {Stat::kZeroFraction, s.zero_fraction},
        {Stat::kNonfiniteFraction, bad / all}};
    for (const auto& [stat, value] : stats) {
      if (s.num == 0 && stat < Stat::kZeroFraction) continue;
      if (which.contains(stat)) add(tag, stat_name(stat), value);
    }
  }

  void add_measure(const KindState& state, const LeafState& leaf,
                   const Measure& measure) {
    add(leaf.series->tag, measure.what, measure.value);
    for (const Condition& condition : measure.conditions) {
      if (core_.look(*leaf.series, condition.watch, condition.holds,
                     condition.in_a_row)) {
        findings_.push_back({make_finding(condition.watch, state, leaf,
                                          context_, measure.value),
                             leaf.series->tag});
      }
    }
  }

  void add(const std::string& tag, std::string_view what, double value) {
    scalars_.emplace_back(absl::StrCat(tag, "/", to_absl(what)), value);
  }

  struct Found {
    WatchFinding finding;
    std::string tag;
  };

  HookCore& core_;
  const StepContext& context_;
  const int64_t step_;
  const std::string run_;
  SummaryWriter writer_;
  std::deque<std::pair<std::string, double>> scalars_;
  std::vector<Found> findings_;
};

CaptureEntry entry_of(const KindState& state, const LeafState& leaf) {
  CaptureEntry entry;
  entry.layer = state.layer->name;
  entry.type = state.type;
  entry.index = state.index;
  entry.count = state.count;
  entry.kind = state.kind;
  entry.base = leaf.series->tag.substr(
      0, leaf.series->tag.size() - tensor_kind_name(state.kind).size() - 1);
  entry.tensor = leaf.copy;
  return entry;
}

}  // namespace

void log_graph(HookCore& core, const StepContext& context, bool whole) {
  if (!whole || context.trace.empty()) return;
  const std::string run = core.run_of(context.phase);
  if (!core.take_graph(run)) return;
  core.reports().logged.fetch_add(1, std::memory_order_relaxed);
  core.run_writer(run).graph(context.trace.build([&](LayerRecord& layer) {
    return core.node_name(layer);
  }),
                             context.step);
}

void log_times(HookCore& core, const StepContext& context) {
  static constexpr std::string_view kPasses[kTimedPasses] = {"forward",
                                                             "backward"};
  const std::string phase = to_valid_utf8(context.phase.name());
  for (size_t pass = 0; pass < kTimedPasses; ++pass) {
    const std::vector<LayerTime>& times = context.times[pass];
    if (times.empty()) continue;
    RunMetadata metadata;
    for (const LayerTime& time : times) {
      metadata.node(core.node_name(*time.layer))
          .start(time.begin - times.front().begin)
          .duration(time.duration);
    }
    core.reports().logged.fetch_add(1, std::memory_order_relaxed);
    core.run_writer(core.run_of(context.phase))
        .run_metadata(absl::StrCat(phase, "/", to_absl(kPasses[pass])),
                      metadata, context.step);
  }
}

void log_step(HookCore& core, StepContext& context) {
  StepLogger logger(core, context);
  for (const KindState* state : context.order) {
    for (LeafState* leaf : state->order) logger.log(*state, *leaf);
  }
  logger.finish();
}

void save_step(HookCore& core, const StepContext& context) {
  const SpendTimer timer(core.budget(), core.clock(), true);
  std::map<std::string, std::vector<CaptureEntry>> files;
  for (const KindState* state : context.order) {
    for (const LeafState* leaf : state->order) {
      if (leaf->copy == nullptr) continue;
      for (const RuleSpec* rule : state->plan.npz) {
        files[rule->npz_directory].push_back(entry_of(*state, *leaf));
      }
    }
  }
  const std::string run = core.run_of(context.phase);
  for (const auto& [name, entries] : files) {
    const std::string directory = run.empty() ? name : name + "/" + run;
    const absl::StatusOr<std::string> path = save_in(
        directory, absl::StrCat(context.step, ".npz"), pointers_to(entries));
    // One report a directory, though each file has its own name.
    if (!path.ok()) core.reports().refuse(path.status(), "npz " + directory);
  }
}

std::shared_ptr<const CaptureData> copies_of(const StepContext& context) {
  auto data = std::make_shared<CaptureData>();
  data->step = context.step;
  data->phase = std::string(context.phase.name());
  data->left_out = context.left_out;
  for (const KindState* state : context.order) {
    if (!state->plan.capture) continue;
    for (const LeafState* leaf : state->order) {
      if (leaf->copy) data->entries.push_back(entry_of(*state, *leaf));
    }
  }
  return data;
}

}  // namespace tblog::internal
