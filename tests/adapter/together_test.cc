// SPDX-License-Identifier: Apache-2.0
//
// LibTorch, OpenCV, protobuf and tblog in one process. The first two register
// messages with protobuf as they are loaded, OpenCV those of ONNX, Caffe and
// TensorFlow: two of one name end the process, or change each other's.

#include <ATen/ops/linspace.h>
#include <ATen/ops/relu.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "tblog/opencv.h"
#include "tblog/torch_tensor.h"
#include "tests/hook/hook_fixture.h"

namespace tblog {
namespace {

using testing::ElementsAre;
using testing::HookFixture;

class TogetherTest : public HookFixture {};

TEST_F(TogetherTest, FrameworksAndProtobufLogIntoOneRun) {
  make({Rule::layers("*").outputs().stats(Stat::kMean)});
  cv::dnn::Net net =
      cv::dnn::readNetFromONNX(TBLOG_SOURCE_DIR "/examples/opencv/digits.onnx");
  const cv::Mat blob(std::vector<int>{2, 1, 8, 8}, CV_32F, cv::Scalar(0.5));
  {
    const auto scope = hooks_->step(0, Phase::kInference);
    const at::Tensor half = at::relu(at::linspace(-1, 1, 5));
    hooks_->tap("torch", half);
    net.setInput(blob);
    forward(*hooks_, net);
    writer_->scalar("loss", half.sum(), 0);
  }
  EXPECT_FLOAT_EQ(static_cast<float>(*scalar("torch/outputs/mean", 0)), 0.3f);
  EXPECT_EQ(scalar("loss", 0), 1.5);
  EXPECT_EQ(tags().count("norm1/outputs/mean"), 1u);
}

}  // namespace
}  // namespace tblog
