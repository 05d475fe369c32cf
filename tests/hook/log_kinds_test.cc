// SPDX-License-Identifier: Apache-2.0
//
// Every kind of tensor × what can be logged of it × phase gives a value or one
// refusal that names it.

#include <unistd.h>

#include <complex>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/hook/hook_fixture.h"

namespace tblog::testing {
namespace {

constexpr TensorKind kKinds[] = {TensorKind::kOutputs, TensorKind::kInputs,
                                 TensorKind::kGradients, TensorKind::kWeights,
                                 TensorKind::kWeightGradients};
constexpr const char* kLogs[] = {"stats",  "histogram", "image_grid", "tensor",
                                 "shapes", "capture",   "save_npz",   "call"};

// What is shown, and which logs cannot have it; "*": none can.
struct Input {
  const char* name;
  TensorView view;
  std::vector<std::string> refused_by;
};

const float kFloats[24] = {1, -2, 3};
const double kDoubles[4] = {1, 2, 3, 4};
const uint16_t kHalves[4] = {0x3c00, 0xfbff, 0x7c00, 0x7e00};
const uint8_t kBytes[4] = {0, 1, 2, 255};
const std::complex<float> kComplex[2] = {{1, 2}, {3, 4}};

TensorView view_as(const void* data, DType dtype, std::vector<int64_t> shape) {
  return {data, dtype, shape.data(), shape.size()};
}

std::vector<Input> inputs() {
  const std::vector<std::string> unreal = {"stats", "histogram", "image_grid"};
  const std::vector<std::string> host = {"stats",  "histogram", "image_grid",
                                         "tensor", "capture",   "save_npz"};
  return {
      {"float32", view_as(kFloats, DType::kFloat32, {1, 2, 3, 4}), {}},
      {"float64", view_as(kDoubles, DType::kFloat64, {2, 2}), {}},
      {"float16", view_as(kHalves, DType::kFloat16, {4}), {}},
      {"bfloat16", view_as(kHalves, DType::kBFloat16, {4}), {}},
      {"int8", view_as(kBytes, DType::kInt8, {4}), {}},
      {"uint8", view_as(kBytes, DType::kUint8, {2, 2}), {}},
      {"bool", view_as(kBytes, DType::kBool, {4}), {}},
      {"int64", view_as(kDoubles, DType::kInt64, {4}), {}},
      {"scalar", view_as(kFloats, DType::kFloat32, {}), {"image_grid"}},
      {"rank5",
       view_as(kFloats, DType::kFloat32, {1, 1, 2, 3, 4}),
       {"image_grid"}},
      {"empty",
       view_as(kFloats, DType::kFloat32, {0}),
       {"stats", "image_grid"}},
      {"complex", view_as(kComplex, DType::kComplex64, {2}), unreal},
      {"float8", view_as(kBytes, DType::kFloat8E4M3, {4}), {}},
      {"device",
       view_as(kFloats, DType::kFloat32, {4})
           .on_device(Device::kCuda, 0, nullptr),
       host},
      {"invalid", TensorView::invalid("the tensor is sparse"), {"*"}},
  };
}

class LogKindsTest
    : public HookFixture,
      public ::testing::WithParamInterface<std::pair<TensorKind, Phase>> {
 protected:
  Rule rule(TensorKind kind, const std::string& log) {
    Rule rule = Rule::layers("layer");
    if (kind == TensorKind::kOutputs) rule.outputs();
    if (kind == TensorKind::kInputs) rule.inputs();
    if (kind == TensorKind::kGradients) rule.gradients();
    if (kind == TensorKind::kWeights) rule.weights();
    if (kind == TensorKind::kWeightGradients) rule.weight_gradients();
    if (log == "stats") rule.stats();
    if (log == "histogram") rule.histogram();
    if (log == "image_grid") rule.image_grid();
    if (log == "tensor") rule.tensor();
    if (log == "shapes") rule.shapes();
    if (log == "capture") rule.capture();
    if (log == "save_npz") rule.save_npz(folder_.string());
    if (log == "call") rule.call([this](const LayerEvent&) { ++calls_; });
    return rule;
  }

  // Shows `view` as the adapter of a framework would.
  void show(TensorKind kind, const Phase& phase, const TensorView& view) {
    BoundLayer layer{"layer"};
    layer.parameters = [&](const ParameterVisitor& visit) {
      visit({"w", view, true, view});
    };
    const auto binding = hooks_->bind({layer});
    ASSERT_THAT(binding, IsOk());
    const auto scope = hooks_->step(0, phase);
    if (kind != TensorKind::kWeights && kind != TensorKind::kWeightGradients) {
      hooks_->observe(binding->layer(0), kind, view);
    }
  }

  std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) /
      ("tblog_log_kinds_" + std::to_string(::getpid()));
  int calls_ = 0;
};

TEST_P(LogKindsTest, GiveAValueOrOneNamedRefusal) {
  const auto [kind, phase] = GetParam();
  for (const Input& input : inputs()) {
    for (const std::string log : kLogs) {
      SCOPED_TRACE(std::string(input.name) + " × " + log);
      writer_.emplace("runs/" + std::string(input.name) + log, options_);
      make({rule(kind, log)});
      calls_ = 0;
      show(kind, phase, input.view);
      const bool refused =
          input.refused_by == std::vector<std::string>{"*"} ||
          ::testing::Matches(::testing::Contains(log))(input.refused_by);
      EXPECT_EQ(hooks_->stats().logged, refused ? 0u : 1u);
      EXPECT_EQ(hooks_->stats().refused, refused ? 1u : 0u);
      EXPECT_EQ(calls_, log == "call" && !refused ? 1 : 0);
      ASSERT_THAT(hooks_->reports(), SizeIs(refused ? 1 : 0));
      if (refused) {
        EXPECT_THAT(hooks_->reports()[0], HasSubstr("\"layer"));
        EXPECT_THAT(hooks_->reports()[0],
                    HasSubstr("/" + std::string(tensor_kind_name(kind))));
      }
      EXPECT_THAT(writer_->close(),
                  refused ? StatusIs(absl::StatusCode::kInvalidArgument)
                          : StatusIs(absl::StatusCode::kOk));
    }
  }
  std::filesystem::remove_all(folder_);
}

std::vector<std::pair<TensorKind, Phase>> all_pairs() {
  std::vector<std::pair<TensorKind, Phase>> pairs;
  for (const TensorKind kind : kKinds) {
    for (const Phase& phase :
         {Phase::kTrain, Phase::kEval, Phase::kInference, Phase("own")}) {
      pairs.emplace_back(kind, phase);
    }
  }
  return pairs;
}

INSTANTIATE_TEST_SUITE_P(All, LogKindsTest, ::testing::ValuesIn(all_pairs()),
                         [](const auto& pair) {
                           return std::string(
                                      tensor_kind_name(pair.param.first)) +
                                  "_" + std::string(pair.param.second.name());
                         });

}  // namespace
}  // namespace tblog::testing
