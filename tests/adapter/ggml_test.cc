// SPDX-License-Identifier: Apache-2.0
//
// Against a fake that has ggml's names: Debian 12 has no ggml.

#include "tblog/ggml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "tests/hook/hook_fixture.h"

namespace tblog {
namespace {

using ::testing::_;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::HookFixture;
using testing::IsEmpty;
using ::testing::Pair;
using testing::SizeIs;

// [ne0, ne1] of floats, contiguous.
ggml_tensor tensor_of(const char* name, std::vector<float>& data, int64_t ne0,
                      int64_t ne1) {
  ggml_tensor tensor = {};
  tensor.type = GGML_TYPE_F32;
  const int64_t ne[] = {ne0, ne1, 1, 1};
  size_t bytes = sizeof(float);
  for (int i = 0; i < GGML_MAX_DIMS; ++i) {
    tensor.ne[i] = ne[i];
    tensor.nb[i] = bytes;
    bytes *= static_cast<size_t>(ne[i]);
  }
  tensor.data = data.data();
  std::strncpy(tensor.name, name, GGML_MAX_NAME - 1);
  return tensor;
}

std::vector<int64_t> shape_of(const TensorView& view) {
  std::vector<int64_t> shape;
  for (size_t i = 0; i < view.rank(); ++i) shape.push_back(view.dim(i));
  return shape;
}

TEST(GgmlTensorTest, DimensionsAreTheOtherWayRound) {
  std::vector<float> data(6);
  const ggml_tensor tensor = tensor_of("x", data, 3, 2);
  const TensorView view(tensor);
  ASSERT_TRUE(view.valid());
  EXPECT_EQ(view.data(), data.data());
  EXPECT_THAT(shape_of(view), ElementsAre(2, 3));
  EXPECT_TRUE(view.contiguous());
}

TEST(GgmlTensorTest, TransposedAndPaddedOnesAreViewedInPlace) {
  std::vector<float> data(24);
  ggml_tensor tensor = tensor_of("x", data, 2, 3);
  tensor.nb[0] = 3 * sizeof(float);
  tensor.nb[1] = sizeof(float);
  const TensorView view(tensor);
  EXPECT_THAT(shape_of(view), ElementsAre(3, 2));
  EXPECT_EQ(view.stride(0), 1);
  EXPECT_EQ(view.stride(1), 3);
  tensor = tensor_of("x", data, 2, 3);
  tensor.nb[1] = 16;
  EXPECT_EQ(TensorView(tensor).stride(0), 4);
  tensor.nb[1] = 15;
  EXPECT_FALSE(TensorView(tensor).valid());
}

TEST(GgmlTensorTest, EveryTypeThatHasElementsIsKnown) {
  const std::vector<std::pair<ggml_type, DType>> types = {
      {GGML_TYPE_F32, DType::kFloat32},   {GGML_TYPE_F16, DType::kFloat16},
      {GGML_TYPE_BF16, DType::kBFloat16}, {GGML_TYPE_F64, DType::kFloat64},
      {GGML_TYPE_I8, DType::kInt8},       {GGML_TYPE_I16, DType::kInt16},
      {GGML_TYPE_I32, DType::kInt32},     {GGML_TYPE_I64, DType::kInt64}};
  std::vector<float> data(16);
  for (const auto& [type, dtype] : types) {
    ggml_tensor tensor = tensor_of("x", data, 8, 1);
    tensor.type = type;
    tensor.nb[0] = dtype_size(dtype);
    const TensorView view(tensor);
    ASSERT_TRUE(view.valid()) << type;
    EXPECT_EQ(view.dtype(), dtype);
    EXPECT_THAT(shape_of(view), ElementsAre(8));
  }
  ggml_tensor quantised = tensor_of("x", data, 32, 1);
  for (const ggml_type type : {GGML_TYPE_Q4_0, GGML_TYPE_Q8_0}) {
    quantised.type = type;
    EXPECT_THAT(std::string(TensorView(quantised).error()),
                HasSubstr("quantised"));
  }
}

// Three nodes: x + 1, x * 2, -x; each [1, 4], step by step.
class GgmlTest : public HookFixture {
 protected:
  GgmlTest() {
    sched_.nodes = {{&add_, [this] { set(0, [](float x) { return x + 1; }); }},
                    {&mul_, [this] { set(1, [](float x) { return x * 2; }); }},
                    {&neg_, [this] { set(2, [](float x) { return -x; }); }}};
  }
  template <class F>
  void set(size_t node, F f) {
    const std::vector<float>& in = node == 0 ? input_ : data_[node - 1];
    for (size_t i = 0; i < in.size(); ++i) data_[node][i] = f(in[i]);
  }
  Rule listen(Rule rule) {
    return rule.call([this](const LayerEvent& event) {
      const auto* const data = static_cast<const float*>(event.value.data());
      heard_[std::string(event.layer)].assign(data, data + event.value.size());
    });
  }
  void tap(GgmlOptions options = {}) {
    tap_.emplace(*hooks_, options);
    sched_.callback = GgmlTap::callback;
    sched_.user_data = &*tap_;
  }
  void run(int64_t step) {
    const auto scope = hooks_->step(step, Phase::kInference);
    sched_.compute();
  }

  std::vector<float> input_ = {1, 2, 3, 4};
  std::vector<float> data_[3] = {std::vector<float>(4), std::vector<float>(4),
                                 std::vector<float>(4)};
  ggml_tensor add_ = tensor_of("add-0", data_[0], 4, 1);
  ggml_tensor mul_ = tensor_of("mul-0", data_[1], 4, 1);
  ggml_tensor neg_ = tensor_of("result", data_[2], 4, 1);
  FakeSched sched_;
  std::map<std::string, std::vector<float>> heard_;
  std::optional<GgmlTap> tap_;
};

TEST_F(GgmlTest, WantedNodesAreSeenWhenTheyAreComputed) {
  make({listen(Rule::layers("add-*, result").outputs())});
  tap();
  run(0);
  EXPECT_THAT(heard_,
              ElementsAre(Pair("add-0", ElementsAre(2, 3, 4, 5)),
                          Pair("result", ElementsAre(-4, -6, -8, -10))));
  EXPECT_EQ(sched_.stretches, 2);
  EXPECT_THAT(hooks_->reports(), IsEmpty());
}

TEST_F(GgmlTest, WhereNothingIsDueTheGraphIsOneStretch) {
  make({listen(Rule::layers("mul-0").outputs().every(10))});
  tap();
  for (int64_t step = 0; step < 20; ++step) {
    run(step);
    EXPECT_EQ(sched_.stretches, step % 10 == 0 ? 2 : 1) << step;
    EXPECT_THAT(data_[2], ElementsAre(-4, -6, -8, -10));
  }
}

TEST_F(GgmlTest, TheLinesOfTheDocsAreAllThatAProgramNeeds) {
  make({Rule::layers("mul-*").outputs().histogram().every(5)});
  tblog::LayerHooks& hooks = *hooks_;
  FakeSched* const sched = &sched_;
  ggml_cgraph* const graph = nullptr;
  {
#include "ggml.inc"
  } EXPECT_THAT(tags(), ElementsAre(Pair("mul-0/outputs", Steps{0, 5})));
}

TEST_F(GgmlTest, ANodeThatComesAgainIsTheNextCall) {
  sched_.nodes.push_back(sched_.nodes[0]);
  make({Rule::layers("add-0")
            .outputs()
            .stats(Stat::kMean)
            .repeat(Repeat::kIndex)});
  tap();
  run(0);
  EXPECT_EQ(scalar("add-0/outputs/mean", 0), 3.5);
  EXPECT_EQ(scalar("add-0:1/outputs/mean", 0), 3.5);
}

TEST_F(GgmlTest, QuantisedNodesAreRefusedWithOneReport) {
  add_.type = GGML_TYPE_Q8_0;
  make({listen(Rule::layers("*").outputs())});
  tap();
  for (int64_t step = 0; step < 5; ++step) run(step);
  EXPECT_THAT(hooks_->reports(), ElementsAre(HasSubstr("quantised")));
  EXPECT_THAT(heard_, SizeIs(2));
  EXPECT_THAT(data_[2], ElementsAre(-4, -6, -8, -10));
}

TEST_F(GgmlTest, DeviceMemoryIsCopiedWhereThatIsAskedFor) {
  ggml_backend_buffer device = {false};
  add_.buffer = &device;
  mul_.view_src = &add_;
  make({listen(Rule::layers("*").outputs())});
  tap();
  run(0);
  EXPECT_THAT(heard_, ElementsAre(Pair("result", _)));
  EXPECT_THAT(hooks_->reports()[0], HasSubstr("copy_from_device"));
  tap({.copy_from_device = true});
  run(1);
  EXPECT_THAT(heard_["add-0"], ElementsAre(2, 3, 4, 5));
  EXPECT_THAT(heard_["mul-0"], ElementsAre(4, 6, 8, 10));
}

TEST_F(GgmlTest, TheProgramsOwnCallbackIsAskedAndMayEndIt) {
  struct Own {
    int asked = 0;
    int shown = 0;
    static bool see(ggml_tensor* tensor, bool ask, void* user) {
      auto& own = *static_cast<Own*>(user);
      ++(ask ? own.asked : own.shown);
      // Wants mul-0, and no more than that.
      return ask ? std::strcmp(tensor->name, "mul-0") == 0 : false;
    }
  } own;
  make({listen(Rule::layers("add-0, result").outputs())});
  tap({.also = Own::see, .also_user_data = &own});
  run(0);
  EXPECT_EQ(own.asked, 2);
  EXPECT_EQ(own.shown, 1);
  EXPECT_THAT(heard_, ElementsAre(Pair("add-0", _)));
}

}  // namespace
}  // namespace tblog
