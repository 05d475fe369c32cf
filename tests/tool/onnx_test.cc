// SPDX-License-Identifier: Apache-2.0
//
// onnx-tap and onnx-graph, run as their users run them. What the models give in
// a runtime is tested in tests/onnx.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/tool/command_fixture.h"

namespace tblog::tool {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

class OnnxTest : public CommandFixture {
 protected:
  void copy(const std::string& name) const {
    std::filesystem::copy_file(std::string(TBLOG_ONNX_MODELS "/") + name,
                               path(name));
  }
};

TEST_F(OnnxTest, TapWritesACopyAndNamesItsOutputs) {
  copy("network.onnx");
  const Result result =
      tblog("onnx-tap network.onnx --layers '*Conv*' --layers '#-1' -o t.onnx");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out,
            "/conv1/Conv_output_0  (Conv /conv1/Conv)\n"
            "logits  (Gemm /fc/Gemm)\n");
  EXPECT_THAT(tblog("onnx-tap t.onnx --layers '*' -o again.onnx").out,
              HasSubstr("logits"));
  EXPECT_GT(read("t.onnx").size(), read("network.onnx").size());
}

TEST_F(OnnxTest, TapSaysWhatIsNoOutput) {
  copy("inner.onnx");
  const Result result =
      tblog("onnx-tap inner.onnx --layers add --layers conv9 -o t.onnx");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("no output is added  (Add add): it is in the "
                              "body of a Loop, see the option loops"),
                    HasSubstr("nothing is called conv9")));
  EXPECT_EQ(tblog("onnx-tap inner.onnx --layers add --loops -o loops.onnx").out,
            "repeat/body/added  (Add add)\n");
}

TEST_F(OnnxTest, TapGivesJson) {
  copy("inner.onnx");
  const auto lines =
      tblog("onnx-tap inner.onnx --layers relu --layers add -o t.onnx --json")
          .json();
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0], nlohmann::json({{"name", "pick/then_branch/h"},
                                      {"value", "h"},
                                      {"node", "relu"},
                                      {"op_type", "Relu"},
                                      {"added", true},
                                      {"stacked", false}}));
  EXPECT_THAT(lines[1]["left_out"], HasSubstr("body of a Loop"));
}

TEST_F(OnnxTest, TapKeepsWhatIsThereUnlessForced) {
  copy("network.onnx");
  write("t.onnx", "mine");
  EXPECT_NE(tblog("onnx-tap network.onnx -o t.onnx").code, 0);
  EXPECT_EQ(read("t.onnx"), "mine");
  EXPECT_EQ(tblog("onnx-tap network.onnx -o t.onnx --force").code, 0);
  EXPECT_NE(read("t.onnx"), "mine");
}

// Weights beside a model are found by the model's folder.
TEST_F(OnnxTest, TapOfAModelWithExternalDataStaysInItsFolder) {
  copy("odd.onnx");
  const Result elsewhere = tblog("onnx-tap odd.onnx -o ../t.onnx");
  EXPECT_EQ(elsewhere.code, 2);
  EXPECT_THAT(elsewhere.err, HasSubstr("weights.bin"));
  EXPECT_EQ(tblog("onnx-tap odd.onnx -o t.onnx").code, 0);
}

TEST_F(OnnxTest, WhatIsNoModelIsSaid) {
  write("text.onnx", "no model");
  for (const char* command : {"onnx-tap", "onnx-graph"}) {
    EXPECT_EQ(tblog(std::string(command) + " text.onnx -o out").code, 3);
    EXPECT_EQ(tblog(std::string(command) + " missing.onnx -o out").code, 3);
    EXPECT_EQ(tblog(std::string(command) + " . -o out").code, 3);
    EXPECT_FALSE(std::filesystem::exists(path("out"))) << command;
  }
}

TEST_F(OnnxTest, GraphIsShown) {
  copy("network.onnx");
  const Result result = tblog("onnx-graph network.onnx -o runs/model");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith("runs/model: "));
  EXPECT_THAT(tblog("show runs/model").out,
              AllOf(HasSubstr("Conv"), HasSubstr("logits")));
}

}  // namespace
}  // namespace tblog::tool
