// SPDX-License-Identifier: Apache-2.0

#include "src/hook/finding.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/base/strings.h"

namespace tblog::internal {
namespace {

struct Words {
  const char* what;  // before the number
  const char* means;
  const char* look_at;
};

Words nonfinite_words(TensorKind kind) {
  static constexpr char kWhat[] = "a value is not finite";
  static constexpr char kMeans[] =
      "no watched tensor before it in this step had one; those that are "
      "computed from it will";
  switch (kind) {
    case TensorKind::kOutputs:
      return {kWhat, kMeans,
              "the layer's inputs and weights, and in the layer divisions, "
              "logarithms, roots, exp() of large numbers, the range of "
              "float16"};
    case TensorKind::kInputs:
      return {kWhat, kMeans,
              "the data of this step, and what lies between this layer and the "
              "one before"};
    case TensorKind::kGradients:
    case TensorKind::kWeightGradients:
      return {kWhat, kMeans,
              "the loss and the layers behind this one; where the loss is "
              "scaled for float16, an infinity now and then is how the scale "
              "is found"};
    case TensorKind::kWeights:
      return {kWhat, kMeans,
              "the last update: its gradients, the learning rate, a division "
              "by zero in the optimizer"};
  }
  return {kWhat, kMeans, ""};
}

Words words_for(const WatchFinding& finding) {
  switch (finding.watch) {
    case Watch::kNonfinite:
      return nonfinite_words(finding.kind);
    case Watch::kVanishing:
      return {"the norm vanishes",
              "no element is larger than the norm: what learns by it stands "
              "still",
              "saturated or dead units in the layers behind, a loss that does "
              "not reach this layer, the initial weights, float16 without a "
              "scaled loss"};
    case Watch::kExploding:
      return {"the norm explodes", "one step may throw the weights anywhere",
              "the learning rate, clipping of gradients, the data of this "
              "step, recurrent layers, the initial weights"};
    case Watch::kDeadUnits:
      return {"units are dead, this share of them",
              "they gave nothing but zeros, and where they do so for all data "
              "no gradient will ever wake them",
              "the learning rate, biases far below zero, the initial weights, "
              "an activation with a slope below zero; a batch too small to "
              "tell"};
    case Watch::kSmallUpdates:
      return {"a step hardly changes the weights",
              "‖change‖ / ‖weights‖ is about 1e-3 where a network learns well: "
              "these stand still",
              "the learning rate, vanishing gradients, whether the optimizer "
              "has these weights and runs before the step's scope ends"};
    case Watch::kLargeUpdates:
      return {"a step changes the weights too much",
              "‖change‖ / ‖weights‖ is about 1e-3 where a network learns well: "
              "what was learned is overwritten",
              "the learning rate and its warm-up, exploding gradients"};
    case Watch::kSaturation:
      return {"values are saturated, this share of them",
              "they stand where the activation is flat, so that hardly any "
              "gradient passes",
              "the scale of what comes in (normalisation, initial weights), "
              "the learning rate"};
  }
  return {"", "", ""};
}

std::string number(const WatchFinding& finding) {
  std::string text = absl::StrCat(finding.value);
  if (finding.watch == Watch::kNonfinite) {
    absl::StrAppend(&text, " at [", absl::StrJoin(finding.index, ", "), "]");
  }
  return text;
}

// As code, so that a name's `_` and `*` stay what they are.
std::string code(std::string_view text) {
  std::string quoted = escaped(text);
  std::replace(quoted.begin(), quoted.end(), '`', '\'');
  return "`" + quoted + "`";
}

}  // namespace

WatchFinding make_finding(Watch watch, const KindState& state,
                          const LeafState& leaf, const StepContext& context,
                          double value) {
  WatchFinding finding;
  finding.watch = watch;
  finding.layer = state.layer->name;
  finding.leaf = leaf.leaf;
  finding.kind = state.kind;
  finding.call = leaf.call;
  finding.phase = context.phase;
  finding.step = context.step;
  finding.value = value;
  return finding;
}

std::string finding_message(const WatchFinding& finding, std::string_view tag) {
  return absl::StrCat("\"", escaped(tag), "\": ", words_for(finding).what,
                      " at step ", finding.step, ": ", number(finding));
}

std::string finding_text(const WatchFinding& finding, std::string_view tag,
                         const std::vector<std::string>& facts) {
  const Words words = words_for(finding);
  std::string text = absl::StrCat(
      "**", code(tag), ": ", words.what, "**\n\n- step ", finding.step, " (",
      code(finding.phase.name()), "): **", number(finding), "**\n");
  for (const std::string& fact : facts)
    absl::StrAppend(&text, "- ", fact, "\n");
  absl::StrAppend(&text, "- it means: ", words.means,
                  "\n- look at: ", words.look_at, "\n");
  return text;
}

}  // namespace tblog::internal
