// SPDX-License-Identifier: Apache-2.0
//
// The pieces of docs/layer-outputs.md, each run as it stands there.

#include <torch/nn.h>
#include <torch/optim.h>

#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "tblog/capture.h"
#include "tblog/forward.h"
#include "tblog/torch.h"
#include "tests/torch/torch_fixture.h"

namespace tblog::testing {
namespace {

#include "model.inc"

class LayerOutputsTest : public TorchFixture {
 protected:
  Net net;
  SummaryWriter& writer = *writer_;
  const torch::Tensor x = at::rand({2, 1, 8, 8});
  const torch::Tensor row = at::rand({2, 4});
  const torch::Tensor weight = at::rand({4, 5}).requires_grad_();
};

TEST_F(LayerOutputsTest, ByName) {
#include "by_name.inc"
  EXPECT_EQ(conv1.size(), 2 * 4 * 8 * 8);
  EXPECT_EQ(fc.size(), 2 * 3);
}

TEST_F(LayerOutputsTest, AllLayers) {
#include "all_layers.inc"
  EXPECT_THAT(means, SizeIs(6));
}

TEST_F(LayerOutputsTest, Partial) {
#include "partial.inc"
  EXPECT_TRUE(rest->equal(model->forward(row)));
}

TEST_F(LayerOutputsTest, Inner) {
#include "inner.inc"
  EXPECT_TRUE(scalar("scores/outputs/mean", 0).has_value());
  EXPECT_TRUE(scalar("scores/gradients/l2", 0).has_value());
}

TEST_F(LayerOutputsTest, Phases) {
#include "phases.inc"
  EXPECT_THAT(hooks.reports(), IsEmpty());
  EXPECT_EQ(tags("/memory/runs/a/train").count("drop/outputs/mean"), 1u);
  EXPECT_EQ(tags("/memory/runs/a/eval").count("norm2/outputs/mean"), 1u);
}

TEST_F(LayerOutputsTest, Weights) {
#include "weights.inc"
  EXPECT_THAT(tags()["fc/weight/weight_gradients"], ElementsAre(0, 1, 2));
}

TEST_F(LayerOutputsTest, GradCam) {
#include "grad_cam.inc"
  EXPECT_THAT(tags()["grad_cam"], ElementsAre(0));
}

TEST_F(LayerOutputsTest, Npz) {
  std::filesystem::current_path(::testing::TempDir());
#include "npz.inc"
  EXPECT_TRUE(std::filesystem::exists("inner/7.npz"));
}

TEST_F(LayerOutputsTest, TuplesAndDicts) {
  const torch::Tensor sequence = at::rand({5, 2, 4});
#include "tuples.inc"
  EXPECT_THAT(names, UnorderedElementsAre("LSTM/0", "LSTM/1/0", "LSTM/1/1",
                                          "Pool/max", "Pool/mean"));
}

TEST_F(LayerOutputsTest, UntouchedModel) {
#include "untouched.inc"
  EXPECT_THAT(tags(), SizeIs(2));
}

}  // namespace
}  // namespace tblog::testing
