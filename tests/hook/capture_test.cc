// SPDX-License-Identifier: Apache-2.0

#include "tblog/capture.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "src/base/endian.h"
#include "tests/hook/hook_fixture.h"

namespace tblog::testing {
namespace {

using Values = std::vector<float>;

float at(const TensorView& view, size_t i) {
  return static_cast<const float*>(view.data())[i];
}

class CaptureTest : public HookFixture {
 protected:
  CaptureTest() { hooks_.emplace(); }

  std::filesystem::path folder() {
    std::filesystem::path path =
        std::filesystem::path(::testing::TempDir()) /
        ("tblog_capture_" + std::to_string(::getpid()));
    std::filesystem::create_directories(path);
    return path;
  }

  ~CaptureTest() override { std::filesystem::remove_all(folder()); }

  static std::string read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

TEST_F(CaptureTest, HoldsExactlyTheLastFinishedStep) {
  const Capture c = hooks_->capture({"a", "b"});
  EXPECT_EQ(c.step(), -1);
  EXPECT_FALSE(c["a"].valid());
  run(4, "a", {1, 2});
  run(5, "b", {3}, Phase::kEval);
  EXPECT_THAT(c.names(), ElementsAre("b"));
  EXPECT_EQ(c.step(), 5);
  EXPECT_EQ(c.phase(), "eval");
  EXPECT_FALSE(c.contains("a"));
  EXPECT_EQ(at(c["b"], 0), 3);
  {
    const auto scope = hooks_->step(6, Phase::kTrain);
    hooks_->tap("a", Values{9});
    EXPECT_EQ(c.step(), 5);  // not finished yet
  }
  EXPECT_THAT(c.names(), ElementsAre("a"));
}

TEST_F(CaptureTest, CopiesAreTheCapturesOwn) {
  Capture c = hooks_->capture({"a"});
  {
    Values values{1, 2, 3, 4, 5, 6};
    const auto scope = hooks_->step(0, Phase::kTrain);
    hooks_->tap("a", TensorView(values.data(), {3, 2}, {1, 3}));
    values.assign(6, 0);
  }
  hooks_.reset();
  const TensorView a = c["a"];
  ASSERT_EQ(a.rank(), 2u);
  EXPECT_EQ(a.dim(0), 3);
  EXPECT_TRUE(a.contiguous());
  const Values expected{1, 4, 2, 5, 3, 6};
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(at(a, i), expected[i]);
}

TEST_F(CaptureTest, HooksWithoutRulesFindTheLastStepAfterwards) {
  {
    const auto scope = hooks_->step(0, Phase::kInference);
    hooks_->tap("a", Values{1});
    hooks_->tap("a", Values{2}, TensorKind::kGradients);
    hooks_->tap("b", Values{3});
  }
  const Capture c =
      hooks_->capture({"a"}, TensorKind::kOutputs | TensorKind::kGradients);
  EXPECT_THAT(c.names(), ElementsAre("a", "a/gradients"));
  EXPECT_EQ(at(c["a"], 0), 1);
  EXPECT_EQ(at(c["a/gradients"], 0), 2);
  EXPECT_EQ(at(c.get("a", TensorKind::kGradients), 0), 2);
  run(1, "b", {1});
  EXPECT_TRUE(c.empty());
  EXPECT_THAT(hooks_->capture({"b"}).names(), IsEmpty());  // no longer kept
}

TEST_F(CaptureTest, TakesGlobsIndicesLeavesAndTheLastCall) {
  const Capture c = hooks_->capture({"conv*", "#-1"});
  for (int64_t step = 0; step < 2; ++step) {
    const auto scope = hooks_->step(step, Phase::kTrain);
    hooks_->tap("conv1", Values{1});
    hooks_->tap("conv1", Values{2});
    hooks_->tap("other", Values{3});
    hooks_->tap("last", std::map<int, Values>{{7, {4}}});
  }
  EXPECT_THAT(c.names(), ElementsAre("conv1", "last/7"));
  EXPECT_EQ(at(c["conv1"], 0), 2);
}

TEST_F(CaptureTest, AnUnwoundStepIsNotFinished) {
  const Capture c = hooks_->capture({"a"});
  run(0, "a", {1});
  try {
    const auto scope = hooks_->step(1, Phase::kTrain);
    hooks_->tap("a", Values{2});
    throw 1;
  } catch (int) {
  }
  EXPECT_EQ(c.step(), 0);
}

TEST_F(CaptureTest, PassesTheMemoryLimitWithAReport) {
  HookOptions options;
  options.max_capture_bytes = 20;
  make({Rule::layers("*").capture()}, options);
  const Capture c = hooks_->capture({"*"});
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    hooks_->tap("a", Values{1, 2, 3});
    hooks_->tap("b", Values{1, 2, 3});
    hooks_->tap("c", Values{1, 2});
  }
  EXPECT_THAT(c.names(), ElementsAre("a", "c"));
  EXPECT_EQ(c.left_out(), 1u);
  EXPECT_THAT(hooks_->reports(),
              ElementsAre("copy of \"b/outputs\" (12 bytes) left out: the "
                          "step's copies would pass max_capture_bytes = 20"));
}

TEST_F(CaptureTest, PrintsATable) {
  const Capture c = hooks_->capture({"*"});
  const bool flags[] = {true, false};
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    const Values x{-1, 0, 4};
    hooks_->tap("conv1", TensorView(x.data(), {1, 3}));
    hooks_->tap("m", flags);
    hooks_->tap("empty", Values{});
  }
  std::ostringstream out;
  c.print(out);
  EXPECT_EQ(out.str(),
            "name   dtype    shape   min  mean  max\n"
            "conv1  float32  [1, 3]   -1     1    4\n"
            "m      bool     [2]       0   0.5    1\n"
            "empty  float32  [0]       -     -    -\n");
}

TEST_F(CaptureTest, SavesAnNpzThatPythonReads) {
  const Capture c = hooks_->capture({"*"});
  const BFloat16 half[] = {{0x3f80}, {0xc000}};
  const uint8_t eight[] = {0x38, 0xc0, 0x7f};  // E4M3: 1, -2, NaN
  const int64_t shape[] = {3};
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    hooks_->tap("../conv1", Values{1, 2.5});
    hooks_->tap("bf16", half);
    hooks_->tap("f8", TensorView(eight, DType::kFloat8E4M3, shape, 1));
    hooks_->tap("loss", 0.25);
  }
  const std::filesystem::path path = folder() / "c.npz";
  std::ofstream(path) << "old";
  ASSERT_THAT(c.save_npz(path.string()), IsOk());
  const std::string script = std::string(TBLOG_SOURCE_DIR) +
                             "/tests/hook/read_npz.py " + path.string();
  FILE* const python = popen(("python3 " + script).c_str(), "r");
  ASSERT_NE(python, nullptr);
  char text[4096];
  const size_t size = fread(text, 1, sizeof text, python);
  EXPECT_EQ(pclose(python), 0);
  EXPECT_EQ(std::string(text, size),
            "_/conv1.npy <f4 (2,) 1.0 2.5\n"
            "bf16.npy <f4 (2,) 1.0 -2.0\n"
            "f8.npy <f4 (3,) 1.0 -2.0 nan\n"
            "loss.npy <f8 () 0.25\n");
}

TEST_F(CaptureTest, AFailedSaveSaysWhereAndKeepsTheOldFile) {
  const Capture c = hooks_->capture({"*"});
  run(0, "a", {1});
  EXPECT_THAT(
      c.save_npz("/nowhere/at/all.npz"),
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nowhere/at/all.npz")));
}

TEST_F(CaptureTest, FilesThatCannotBeWrittenAreToldOnce) {
  make({Rule::layers("a").save_npz("/proc/nowhere")});
  for (int64_t step = 0; step < 3; ++step) run(step, "a", {1});
  EXPECT_EQ(hooks_->stats().refused, 3u);
  EXPECT_THAT(hooks_->reports(), ElementsAre(HasSubstr("/proc/nowhere")));
}

TEST_F(CaptureTest, RulesSaveASeriesOfFiles) {
  const std::filesystem::path series = folder() / "series";
  make({Rule::layers("a").save_npz(series.string()).every(2)});
  for (int64_t step = 0; step < 5; ++step) run(step, "a", {1});
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(series)) {
    names.push_back(file.path().filename().string());
    EXPECT_EQ(read(file.path()).substr(0, 4), "PK\x03\x04");
  }
  EXPECT_THAT(names, UnorderedElementsAre("0.npz", "2.npz", "4.npz"));
  EXPECT_THAT(hooks_->status(), IsOk());
}

}  // namespace
}  // namespace tblog::testing
