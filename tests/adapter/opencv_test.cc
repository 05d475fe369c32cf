// SPDX-License-Identifier: Apache-2.0
//
// The network of examples/opencv, and small ones that are made here.

#include "tblog/opencv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "tblog/proto/run_metadata.pb.h"
#include "tests/hook/hook_fixture.h"

namespace tblog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::HookFixture;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Phase kTest("test");

bool same_bits(const cv::Mat& a, const cv::Mat& b) {
  return a.size == b.size && a.type() == b.type() && a.isContinuous() &&
         b.isContinuous() &&
         std::memcmp(a.data, b.data, a.total() * a.elemSize()) == 0;
}

// Counts its runs; gives its input, or throws.
class Counting : public cv::dnn::Layer {
 public:
  explicit Counting(const cv::dnn::LayerParams& params) : Layer(params) {}
  static cv::Ptr<Layer> create(cv::dnn::LayerParams& params) {
    return cv::makePtr<Counting>(params);
  }
  void forward(cv::InputArrayOfArrays inputs, cv::OutputArrayOfArrays outputs,
               cv::OutputArrayOfArrays) override {
    ++runs;
    if (fails) CV_Error(cv::Error::StsError, "no more");
    std::vector<cv::Mat> in, out;
    inputs.getMatVector(in);
    outputs.getMatVector(out);
    in[0].copyTo(out[0]);
  }

  static inline int runs = 0;
  static inline bool fails = false;
};

class OpencvTest : public HookFixture {
 protected:
  OpencvTest() { cv::setNumThreads(1); }

  static cv::dnn::Net digits() {
    return cv::dnn::readNetFromONNX(TBLOG_SOURCE_DIR
                                    "/examples/opencv/digits.onnx");
  }
  // As setInput() wants them.
  static cv::Mat images(int step) {
    cv::Mat blob(std::vector<int>{4, 1, 8, 8}, CV_32F);
    auto* const data = blob.ptr<float>();
    for (int i = 0; i < 256; ++i)
      data[i] = static_cast<float>((i * 37 + step * 11) % 17) / 16;
    return blob;
  }
  // The layers' values without fusion, by OpenCV's names.
  static std::map<std::string, cv::Mat> expected(const cv::Mat& blob) {
    cv::dnn::Net net = digits();
    net.enableFusion(false);
    net.setInput(blob);
    const std::vector<cv::String> names = net.getLayerNames();
    std::vector<std::vector<cv::Mat>> outputs;
    net.forward(outputs, names);
    std::map<std::string, cv::Mat> values;
    for (size_t i = 0; i < names.size(); ++i)
      values[names[i]] = outputs[i][0].clone();
    return values;
  }

  // Copies of what a rule is shown, by "<layer>[/<leaf>] <kind>".
  Rule listen(Rule rule) {
    return rule.call([this](const LayerEvent& event) {
      std::string tag(event.layer);
      if (!event.leaf.empty()) tag += "/" + std::string(event.leaf);
      tag += " " + std::string(tensor_kind_name(event.kind));
      std::vector<int> sizes;
      for (size_t i = 0; i < event.value.rank(); ++i)
        sizes.push_back(static_cast<int>(event.value.dim(i)));
      heard_[tag] =
          cv::Mat(sizes, CV_32F, const_cast<void*>(event.value.data())).clone();
    });
  }
  std::vector<std::string> heard_tags() const {
    std::vector<std::string> tags;
    for (const auto& [tag, value] : heard_) tags.push_back(tag);
    return tags;
  }

  void attach_to(cv::dnn::Net& net) {
    absl::StatusOr<Binding> binding = attach(*hooks_, net);
    ASSERT_TRUE(binding.ok()) << binding.status();
    binding_ = *std::move(binding);
  }
  cv::Mat run(cv::dnn::Net& net, int step) {
    const auto scope = hooks_->step(step, kTest);
    net.setInput(images(step));
    return forward(*hooks_, net).clone();
  }

  std::map<std::string, cv::Mat> heard_;
  Binding binding_;
};

TEST_F(OpencvTest, EveryLayerHasTheValueItGaveFusedOrNot) {
  make({listen(Rule::layers("*").outputs())});
  for (const bool fusion : {true, false}) {
    cv::dnn::Net net = digits();
    net.enableFusion(fusion);
    binding_ = Binding();
    attach_to(net);
    heard_.clear();
    const int step = fusion ? 0 : 1;
    run(net, step);
    EXPECT_THAT(heard_, SizeIs(12));
    for (const auto& [name, value] : expected(images(step))) {
      const std::string tag =
          std::string(internal::short_net_name(name)) + " outputs";
      ASSERT_TRUE(heard_.count(tag)) << tag;
      EXPECT_TRUE(same_bits(heard_[tag], value)) << tag << fusion;
    }
  }
  EXPECT_THAT(hooks_->reports(), IsEmpty());
}

TEST_F(OpencvTest, TheLinesOfTheDocsAreAllThatAProgramNeeds) {
  cv::dnn::Net net = digits();
  const cv::Mat blob = images(0);
  make({Rule::layers("conv*").outputs().histogram().every(5)});
  tblog::LayerHooks& hooks = *hooks_;
#include "opencv.inc"
  EXPECT_THAT(tags(),
              ElementsAre(::testing::Pair("conv1/outputs", Steps{0, 5}),
                          ::testing::Pair("conv2/outputs", Steps{0, 5})));
}

TEST_F(OpencvTest, ALayerBetweenFusedOnesIsRightOnItsOwn) {
  cv::dnn::Net net = digits();
  make({listen(Rule::layers("norm1").outputs())});
  attach_to(net);
  run(net, 0);
  EXPECT_TRUE(same_bits(heard_["norm1 outputs"],
                        expected(images(0))["onnx_node!norm1"]));
}

TEST_F(OpencvTest, ResultsAreThoseWithoutHooksToTheBit) {
  for (const bool fusion : {true, false}) {
    cv::dnn::Net plain = digits();
    cv::dnn::Net net = digits();
    plain.enableFusion(fusion);
    net.enableFusion(fusion);
    make({Rule::layers("*").outputs().inputs().weights().histogram().every(3),
          Rule::layers("norm*").outputs().stats().every(7)});
    attach_to(net);
    for (int step = 0; step < 40; ++step) {
      plain.setInput(images(step));
      const cv::Mat expected = plain.forward();
      ASSERT_TRUE(same_bits(run(net, step), expected)) << step;
    }
    EXPECT_THAT(hooks_->reports(), IsEmpty());
  }
}

TEST_F(OpencvTest, SeveralOutputsByNameAreThoseWithoutHooks) {
  const std::vector<cv::String> names = {"onnx_node!relu1", "logits"};
  cv::dnn::Net plain = digits();
  cv::dnn::Net net = digits();
  make({Rule::layers("*").outputs().stats()});
  std::vector<cv::Mat> expected, found;
  std::vector<std::vector<cv::Mat>> expected_all, found_all;
  plain.setInput(images(0));
  plain.forward(expected, names);
  plain.forward(expected_all, names);
  const auto scope = hooks_->step(0, kTest);
  net.setInput(images(0));
  forward(*hooks_, net, found, names);
  forward(*hooks_, net, found_all, names);
  for (size_t i = 0; i < names.size(); ++i) {
    EXPECT_TRUE(same_bits(found[i], expected[i]));
    EXPECT_TRUE(same_bits(found_all[i][0], expected_all[i][0]));
  }
  EXPECT_TRUE(same_bits(forward(*hooks_, net, "onnx_node!pool1"),
                        plain.forward("onnx_node!pool1")));
}

TEST_F(OpencvTest, LayersAreChosenByNameIndexAndType) {
  cv::dnn::Net net = digits();
  const auto chosen = [&](Rule rule) {
    make({listen(rule.outputs())});
    attach_to(net);
    heard_.clear();
    run(net, 0);
    return heard_tags();
  };
  EXPECT_THAT(chosen(Rule::layers("pool?")),
              ElementsAre("pool1 outputs", "pool2 outputs"));
  // #0 is the layer of id 1.
  EXPECT_THAT(chosen(Rule::layers("#0")), ElementsAre("conv1 outputs"));
  EXPECT_EQ(net.getLayer(1)->name, "onnx_node!conv1");
  EXPECT_THAT(chosen(Rule::layers("#-1")), ElementsAre("logits outputs"));
  EXPECT_THAT(chosen(Rule::type("Convolution")),
              ElementsAre("conv1 outputs", "conv2 outputs"));
}

TEST_F(OpencvTest, WeightsAreTheBlobsOfTheLayers) {
  cv::dnn::Net net = digits();
  make({listen(Rule::layers("conv1, norm1, fc, relu1").weights())});
  attach_to(net);
  run(net, 0);
  EXPECT_THAT(heard_tags(),
              ElementsAre("conv1/bias weights", "conv1/weight weights",
                          "fc/bias weights", "fc/weight weights",
                          "norm1/bias weights", "norm1/mean weights",
                          "norm1/variance weights", "norm1/weight weights"));
  EXPECT_TRUE(same_bits(heard_["conv1/weight weights"], net.getParam(1, 0)));
  net = cv::dnn::Net();  // they went before the Binding
  heard_.clear();
  { const auto scope = hooks_->step(1, kTest); }
  EXPECT_THAT(heard_, IsEmpty());
}

TEST_F(OpencvTest, InputsAreTheOutputsOfTheLayersBefore) {
  cv::dnn::Net net = digits();
  make({listen(Rule::layers("relu1, norm1, conv1").inputs().outputs())});
  attach_to(net);
  run(net, 0);
  EXPECT_TRUE(same_bits(heard_["relu1 inputs"], heard_["norm1 outputs"]));
  EXPECT_TRUE(same_bits(heard_["norm1 inputs"], heard_["conv1 outputs"]));
  EXPECT_EQ(heard_.count("conv1 inputs"), 0u);  // the net's own
}

TEST_F(OpencvTest, SeveralOutputsOfALayerAreItsLeaves) {
  cv::dnn::Net net;
  cv::dnn::LayerParams slice;
  slice.set("axis", 3);
  const int points[] = {3};
  slice.set("slice_point", cv::dnn::DictValue::arrayInt(points, 1));
  const int cut = net.addLayer("cut", "Slice", slice);
  net.connect(0, 0, cut, 0);
  cv::dnn::LayerParams relu;
  const int left = net.addLayer("left", "ReLU", relu);
  const int right = net.addLayer("right", "ReLU", relu);
  net.connect(cut, 0, left, 0);
  net.connect(cut, 1, right, 0);
  cv::dnn::LayerParams join;
  join.set("axis", 3);
  const int joined = net.addLayer("join", "Concat", join);
  net.connect(left, 0, joined, 0);
  net.connect(right, 0, joined, 1);
  make({listen(Rule::layers("*").outputs().inputs())});
  attach_to(net);
  const cv::Mat blob = images(0) - 0.5;  // ReLU changes half of it
  cv::Mat result;
  {
    const auto scope = hooks_->step(0, kTest);
    net.setInput(blob);
    result = forward(*hooks_, net).clone();
  }
  EXPECT_THAT(heard_tags(),
              ElementsAre("cut/0 outputs", "cut/1 outputs", "join outputs",
                          "join/0 inputs", "join/1 inputs", "left outputs",
                          "right outputs"));
  const cv::Range all = cv::Range::all();
  const cv::Mat left_part =
      blob(std::vector<cv::Range>{all, all, all, {0, 3}}).clone();
  const cv::Mat right_part =
      blob(std::vector<cv::Range>{all, all, all, {3, 8}}).clone();
  EXPECT_TRUE(same_bits(heard_["cut/0 outputs"], left_part));
  // OpenCV lets "right" overwrite this one, whatever is asked for.
  EXPECT_TRUE(same_bits(heard_["cut/1 outputs"], right_part));
  EXPECT_EQ(cv::norm(heard_["right outputs"], cv::max(right_part, 0)), 0);
  EXPECT_TRUE(same_bits(heard_["join outputs"], result));
  EXPECT_EQ(cv::norm(result, cv::max(blob, 0)), 0);
  EXPECT_THAT(hooks_->reports(), IsEmpty());
}

class CountingTest : public OpencvTest {
 protected:
  CountingTest() {
    cv::dnn::LayerFactory::registerLayer("Counting", Counting::create);
    cv::dnn::LayerParams params;
    net_.addLayerToPrev("first", "Counting", params);
    net_.addLayerToPrev("second", "ReLU", params);
    Counting::runs = 0;
    Counting::fails = false;
  }
  ~CountingTest() override {
    cv::dnn::LayerFactory::unregisterLayer("Counting");
  }
  cv::dnn::Net net_;
};

TEST_F(CountingTest, TheNetRunsTwiceWhereSomethingIsDueAndElseOnce) {
  make({Rule::layers("second").outputs().stats().every(10),
        Rule::layers("*").weights().stats()});
  attach_to(net_);
  for (int step = 0; step < 20; ++step) run(net_, step);
  EXPECT_EQ(Counting::runs, 22);
}

TEST_F(CountingTest, WhatANetThrowsReachesTheCallerAndIsReported) {
  make({Rule::layers("*").outputs().stats()});
  attach_to(net_);
  Counting::fails = true;
  EXPECT_THROW(run(net_, 0), cv::Exception);
  EXPECT_EQ(Counting::runs, 2);  // not once a layer
  EXPECT_THAT(hooks_->status().message(), HasSubstr("no more"));
  Counting::fails = false;
  EXPECT_TRUE(same_bits(run(net_, 1), images(1)));
}

TEST_F(OpencvTest, TimesAreThoseOfTheLayersThatRan) {
  cv::dnn::Net net = digits();
  make({Rule::layers("*").times()});
  attach_to(net);
  run(net, 0);
  EXPECT_THAT(hooks_->never_fired(), IsEmpty());
  size_t metadata = 0;
  for (const auto& event : events())
    metadata += event.has_tagged_run_metadata() ? 1u : 0u;
  EXPECT_EQ(metadata, 1u);
}

TEST_F(OpencvTest, OfAPartialRunTheLayersThatRanHaveTimes) {
  cv::dnn::Net net = digits();
  make({Rule::layers("*").outputs().times()});
  attach_to(net);
  {
    const auto scope = hooks_->step(0, kTest);
    net.setInput(images(0));
    forward(*hooks_, net, "onnx_node!pool1");
  }
  std::vector<std::string> timed;
  for (const auto& event : events()) {
    if (!event.has_tagged_run_metadata()) continue;
    proto::RunMetadata metadata;
    ASSERT_TRUE(
        metadata.ParseFromString(event.tagged_run_metadata().run_metadata()));
    for (const auto& device : metadata.step_stats().dev_stats()) {
      for (const auto& node : device.node_stats())
        timed.push_back(node.node_name());
    }
  }
  // norm1 and relu1 ran inside conv1.
  EXPECT_THAT(timed, ElementsAre("conv1", "pool1"));
}

TEST(OpencvNetTest, NamesLoseTheImportersPrefixUnlessTheyWouldBeTheSame) {
  EXPECT_EQ(internal::short_net_name("onnx_node!/fc/Gemm"), "/fc/Gemm");
  EXPECT_EQ(internal::short_net_name("onnx_node_output_0!y"), "y");
  EXPECT_EQ(internal::short_net_name("my!conv"), "my!conv");
  EXPECT_EQ(internal::short_net_name("onnx_node!"), "onnx_node!");
  EXPECT_THAT(internal::net_names({"onnx_node!a", "onnx_node!b", "b",
                                   "onnx_node_output_0!c", "onnx_node!c"}),
              ElementsAre("a", "onnx_node!b", "b", "onnx_node_output_0!c",
                          "onnx_node!c"));
}

TEST(OpencvNetTest, LayersThatAreNotApartAreNamed) {
  const cv::Mat one(2, 2, CV_32F), two(2, 2, CV_32F);
  const auto faults = internal::net_faults(
      {{one}, {one.reshape(1, 1)}, {two}, {cv::Mat()}}, {1.0, 2.0, 0.0, 3.0});
  using internal::NetFault;
  EXPECT_THAT(faults, ElementsAre(NetFault::kOverwritten, NetFault::kNone,
                                  NetFault::kFused, NetFault::kRemoved));
  EXPECT_THAT(internal::text_of(faults[2]), HasSubstr("enableFusion(false)"));
}

}  // namespace
}  // namespace tblog
