// SPDX-License-Identifier: Apache-2.0
//
// LayerHooks::log_graph() and Rule::times().

#include <chrono>
#include <complex>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tblog/forward.h"
#include "tblog/proto/graph.pb.h"
#include "tblog/proto/run_metadata.pb.h"
#include "tests/hook/hook_fixture.h"

namespace tblog::testing {
namespace {

using std::chrono::microseconds;
using Values = std::vector<float>;

class HookGraphTest : public HookFixture {
 protected:
  // The graphs in a file, in their order.
  std::vector<proto::GraphDef> graphs(
      const std::string& directory = "/memory/runs/a") {
    std::vector<proto::GraphDef> graphs;
    for (const auto& event : events(directory)) {
      if (event.graph_def().empty()) continue;
      EXPECT_TRUE(graphs.emplace_back().ParseFromString(event.graph_def()));
      steps_.push_back(event.step());
    }
    return graphs;
  }

  // "name op <- inputs", a line a node of the one graph.
  std::vector<std::string> drawn() {
    const std::vector<proto::GraphDef> all = graphs();
    EXPECT_EQ(all.size(), 1u);
    std::vector<std::string> lines;
    if (all.size() != 1) return lines;
    for (const proto::NodeDef& node : all[0].node()) {
      std::string line = node.name() + " " + node.op();
      if (node.input_size() > 0) line += " <-";
      for (const std::string& input : node.input()) line += " " + input;
      lines.push_back(line);
    }
    return lines;
  }

  std::vector<int64_t> steps_;
};

TEST_F(HookGraphTest, TapsFollowEachOther) {
  make({});
  hooks_->log_graph();
  {
    const auto scope = hooks_->step(3, Phase::kTrain);
    hooks_->tap("block/conv", Values{1});
    hooks_->tap("block/relu", Values{1});
    hooks_->tap("fc", Values{1});
  }
  EXPECT_THAT(drawn(),
              ElementsAre("block/conv Layer", "block/relu Layer <- block/conv",
                          "fc Layer <- block/relu"));
  EXPECT_THAT(steps_, ElementsAre(3));
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(HookGraphTest, InputsThatLieInAnOutputComeFromIt) {
  make({});
  hooks_->log_graph();
  const Values x(4), a(4), b(6), c(2);
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    const auto in = [&](const char* layer, const auto& value) {
      hooks_->tap(layer, value, TensorKind::kInputs);
    };
    in("a", x);
    hooks_->tap("a", a);
    in("b", x);  // beside a
    hooks_->tap("b", std::pair(Values(3), TensorView(b)));
    // Of a and of the second half of b's second output.
    in("join", std::vector<TensorView>{a, {b.data() + 3, {3}}});
    hooks_->tap("join", c);
    in("copied", Values(2));
    hooks_->tap("copied", Values(1));
  }
  EXPECT_THAT(drawn(), ElementsAre("a Layer <- input", "input Placeholder",
                                   "b Layer <- input", "join Layer <- a b:1",
                                   "copied Layer <- join"));
}

TEST_F(HookGraphTest, HalvesOfOneTensorAreToldApart) {
  make({});
  hooks_->log_graph();
  const Values x(8), y(1), z(1);
  // The left and the right half of a matrix of 2 × 4, upside down.
  const TensorView left(x.data() + 4, {2, 2}, {-4, 1});
  const TensorView right(x.data() + 6, {2, 2}, {-4, 1});
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    hooks_->tap("split", std::pair(left, right));
    hooks_->tap("b", right, TensorKind::kInputs);
    hooks_->tap("b", y);
    hooks_->tap("a", left, TensorKind::kInputs);
    hooks_->tap("a", z);
  }
  EXPECT_THAT(drawn(), ElementsAre("split Layer", "b Layer <- split:1",
                                   "a Layer <- split"));
}

TEST_F(HookGraphTest, ViewsOfImpossibleMemoryAreJustShapes) {
  make({});
  hooks_->log_graph();
  const Values x(4);
  constexpr int64_t kFar = std::numeric_limits<int64_t>::max() / 2;
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    hooks_->tap("far", TensorView(x.data(), {4, 4}, {kFar, -kFar}));
    hooks_->tap("empty", TensorView(x.data(), {0, 4}));
    hooks_->tap("next", x);
  }
  EXPECT_THAT(drawn(), ElementsAre("far Layer", "empty Layer <- far",
                                   "next Layer <- empty"));
}

TEST_F(HookGraphTest, LayersThatWorkInPlaceStandInTheChain) {
  make({});
  hooks_->log_graph();
  const Values x(4);
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    for (const char* layer : {"conv", "relu", "dropout"}) {
      hooks_->tap(layer, x, TensorKind::kInputs);
      hooks_->tap(layer, x);
    }
  }
  EXPECT_THAT(drawn(),
              ElementsAre("conv Layer <- input", "input Placeholder",
                          "relu Layer <- conv", "dropout Layer <- relu"));
}

TEST_F(HookGraphTest, ShapesTypesAndCallsOfALayer) {
  make({});
  hooks_->log_graph();
  const std::vector<double> x(6);
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    for (int batch = 0; batch < 3; ++batch) {
      hooks_->tap("a", TensorView(x.data(), {2, 3 - batch}));
      hooks_->tap("b", std::complex<float>(1, 2));
      hooks_->tap("b", TensorView::invalid("sparse"));
    }
  }
  const std::vector<proto::GraphDef> all = graphs();
  ASSERT_EQ(all.size(), 1u);
  ASSERT_EQ(all[0].node_size(), 2);
  const auto& a = all[0].node(0).attr();
  EXPECT_EQ(a.at("calls").i(), 3);
  const auto& shape = a.at("_output_shapes").list().shape(0);
  ASSERT_EQ(shape.dim_size(), 2);
  EXPECT_EQ(shape.dim(1).size(), 3);  // of the first call
  EXPECT_THAT(a.at("_output_types").list().type(),
              ElementsAre(proto::DT_DOUBLE));
  const auto& b = all[0].node(1);
  EXPECT_EQ(b.attr().at("calls").i(), 6);
  EXPECT_THAT(b.attr().at("_output_types").list().type(),
              ElementsAre(proto::DT_COMPLEX64));
  EXPECT_THAT(b.input(), ElementsAre("a"));
  EXPECT_EQ(all[0].node(0).input_size(), 0);  // no way back
}

TEST_F(HookGraphTest, MemoryOfAnEarlierBatchIsForgotten) {
  make({});
  hooks_->log_graph();
  const Values x(4), y(4), z(4);
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    for (const Values* input : {&x, &z}) {  // z was the output of b
      hooks_->tap("a", *input, TensorKind::kInputs);
      hooks_->tap("a", y);
      hooks_->tap("b", y, TensorKind::kInputs);
      hooks_->tap("b", z);
    }
  }
  EXPECT_THAT(drawn(), ElementsAre("a Layer <- input", "input Placeholder",
                                   "b Layer <- a"));
}

TEST_F(HookGraphTest, IsLoggedOnceOfAStepThatBeginsLater) {
  make({});
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    hooks_->tap("a", Values{1});
    hooks_->log_graph();
    hooks_->tap("b", Values{1});
  }
  { const auto scope = hooks_->step(1, Phase::kTrain); }  // no calls
  run(2, "c", {1});
  run(3, "d", {1}, Phase::kEval);
  hooks_->log_graph();
  run(4, "e", {1});
  EXPECT_THAT(drawn(), ElementsAre("c Layer"));
  EXPECT_THAT(steps_, ElementsAre(2));
}

TEST_F(HookGraphTest, EachPhaseWithARunOfItsOwnHasOne) {
  make({}, {.phase_runs = PhaseRuns::kChild});
  hooks_->log_graph();
  for (int64_t step = 0; step < 3; ++step) {
    run(step, "a", {1});
    run(step, "b", {1}, Phase::kEval);
  }
  EXPECT_THAT(graphs("/memory/runs/a/train"), SizeIs(1));
  EXPECT_THAT(graphs("/memory/runs/a/eval"), SizeIs(1));
}

TEST_F(HookGraphTest, AStepThatAnExceptionEndsIsNone) {
  make({});
  hooks_->log_graph();
  try {
    const auto scope = hooks_->step(0, Phase::kTrain);
    hooks_->tap("half", Values{1});
    throw 1;
  } catch (int) {
  }
  run(1, "a", {1});
  EXPECT_THAT(drawn(), ElementsAre("a Layer"));
}

TEST_F(HookGraphTest, OddNamesAreMendedAndStayTellable) {
  make({});
  hooks_->log_graph();
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    for (const char* layer : {"a:0", "a_0", "^b", "//c//d/", "/", "input"}) {
      hooks_->tap(layer, Values{1});
    }
  }
  EXPECT_THAT(drawn(),
              ElementsAre("a_0 Layer", "a_0_1 Layer <- a_0", "b Layer <- a_0_1",
                          "c/d Layer <- b", "layer Layer <- c/d",
                          "input Layer <- layer"));
}

TEST_F(HookGraphTest, ThreadsKeepTheirOwnOrder) {
  make({});
  hooks_->log_graph();
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    hooks_->tap("a", Values{1});
    std::thread([&] {
      hooks_->tap("x", Values{1});
      hooks_->tap("y", Values{1});
    }).join();
    hooks_->tap("b", Values{1});
  }
  EXPECT_THAT(drawn(), ElementsAre("a Layer", "x Layer", "y Layer <- x",
                                   "b Layer <- a"));
}

TEST_F(HookGraphTest, RulesDoTheirWorkInTheSameStep) {
  int calls = 0;
  make({Rule::layers("a").call([&](const LayerEvent&) { ++calls; })});
  hooks_->log_graph();
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    int made = 0;
    hooks_->tap("a", [&] {
      ++made;
      return Values{1};
    });
    EXPECT_EQ(made, 1);
  }
  run(1, "a", {1});
  EXPECT_EQ(calls, 2);
  EXPECT_THAT(drawn(), ElementsAre("a Layer"));
}

TEST_F(HookGraphTest, NothingIsWantedBeforeAndAfter) {
  make({});
  run(0, "a", {1});
  {
    const auto scope = hooks_->step(1, Phase::kTrain);
    EXPECT_FALSE(hooks_->wants(TensorKind::kOutputs));
  }
  hooks_->log_graph();
  {
    const auto scope = hooks_->step(2, Phase::kTrain);
    EXPECT_TRUE(hooks_->wants(TensorKind::kInputs));
    EXPECT_FALSE(hooks_->wants(TensorKind::kGradients));
    hooks_->tap("a", Values{1});
  }
  const auto scope = hooks_->step(3, Phase::kTrain);
  EXPECT_FALSE(hooks_->wants(TensorKind::kOutputs));
}

// ---- With the adapter ----

struct Parameter {
  std::string name;
  Values value;
  Values gradient;
};

// A layer that takes as long as the clock is told.
class Slow {
 public:
  Slow(std::string name, FakeClock& clock, int micros)
      : name_(std::move(name)), clock_(clock), micros_(micros) {}
  const std::string& name() const { return name_; }
  const char* type() const { return "Slow"; }
  Values forward(const Values& x) {
    clock_.advance(microseconds(micros_));
    return x;
  }
  Values backward(const Values& gradient) {
    clock_.advance(microseconds(2 * micros_));
    return gradient;
  }
  const std::vector<Parameter>& parameters() const { return parameters_; }

 private:
  std::string name_;
  FakeClock& clock_;
  int micros_;
  std::vector<Parameter> parameters_{{"w", Values(5), {}}, {"b", {1}, {}}};
};

class HookTimesTest : public HookGraphTest {
 protected:
  HookTimesTest() {
    layers_.push_back(std::make_unique<Slow>("a", clock_, 10));
    layers_.push_back(std::make_unique<Slow>("block/b:0", clock_, 20));
  }

  void make_hooks(std::vector<Rule> rules) {
    make(std::move(rules), {.clock = &clock_});
    auto binding = attach(*hooks_, layers_);
    ASSERT_THAT(binding, IsOk());
    binding_ = *std::move(binding);
  }

  void train(int64_t step, int batches = 1) {
    auto scope = hooks_->step(step, Phase::kTrain);
    for (int i = 0; i < batches; ++i) {
      const Values y = forward(*hooks_, layers_, Values{1});
      backward(*hooks_, layers_, y);
    }
    scope.end_backward();
  }

  // "step tag: node start+duration, …" of each run metadata.
  std::vector<std::string> times() {
    std::vector<std::string> lines;
    for (const auto& event : events()) {
      if (!event.has_tagged_run_metadata()) continue;
      proto::RunMetadata metadata;
      EXPECT_TRUE(
          metadata.ParseFromString(event.tagged_run_metadata().run_metadata()));
      std::string line = std::to_string(event.step()) + " " +
                         event.tagged_run_metadata().tag() + ":";
      for (const auto& node : metadata.step_stats().dev_stats(0).node_stats()) {
        line += " " + node.node_name() + " " +
                std::to_string(node.all_start_micros()) + "+" +
                std::to_string(node.all_end_rel_micros());
      }
      lines.push_back(line);
    }
    return lines;
  }

  std::vector<std::unique_ptr<Slow>> layers_;
  Binding binding_;
};

TEST_F(HookTimesTest, TheGraphShowsTypesAndParameters) {
  make_hooks({});
  hooks_->log_graph();
  train(0);
  const std::vector<proto::GraphDef> all = graphs();
  ASSERT_EQ(all.size(), 1u);
  ASSERT_EQ(all[0].node_size(), 3);
  EXPECT_EQ(all[0].node(0).name(), "a");
  EXPECT_EQ(all[0].node(0).op(), "Slow");
  EXPECT_EQ(all[0].node(0).attr().at("w").s(), "float32 [5]");
  EXPECT_EQ(all[0].node(0).attr().at("parameters").i(), 6);
  EXPECT_EQ(all[0].node(2).name(), "block/b_0");
  EXPECT_THAT(all[0].node(2).input(), ElementsAre("a"));
}

TEST_F(HookTimesTest, EachLayersPassesAreMeasuredWhereDue) {
  make_hooks({Rule::layers("*").times().every(2)});
  for (int64_t step = 0; step < 3; ++step) train(step);
  EXPECT_THAT(times(), ElementsAre("0 train/forward: a 1+10 block/b_0 10+20",
                                   "0 train/backward: block/b_0 1+40 a 40+20",
                                   "2 train/forward: a 1+10 block/b_0 10+20",
                                   "2 train/backward: block/b_0 1+40 a 40+20"));
  EXPECT_THAT(reports(), IsEmpty());
  EXPECT_THAT(hooks_->never_fired(), IsEmpty());
}

TEST_F(HookTimesTest, CallsOfOneStepAreAddedUp) {
  make_hooks({Rule::layers("a").times()});
  train(5, 3);
  EXPECT_THAT(times(), ElementsAre("5 train/forward: a 1+30",
                                   "5 train/backward: a 1+60"));
}

TEST_F(HookTimesTest, WhatHooksDoInBetweenDoesNotCount) {
  make_hooks({Rule::layers("*").times(),
              Rule::layers("*").outputs().call([&](const LayerEvent&) {
                clock_.advance(microseconds(7));
              })});
  train(0);
  EXPECT_THAT(times(), ElementsAre("0 train/forward: a 1+10 block/b_0 17+20",
                                   "0 train/backward: block/b_0 1+40 a 40+20"));
}

TEST_F(HookTimesTest, AreOffWhereNotDue) {
  make_hooks({Rule::layers("*").times().every(10)});
  train(0);
  const auto scope = hooks_->step(1, Phase::kTrain);
  EXPECT_FALSE(hooks_->wants_times());
  EXPECT_FALSE(hooks_->wants_times(binding_.layer(0)));
  EXPECT_FALSE(hooks_->wants_call(TensorKind::kOutputs));
}

TEST_F(HookTimesTest, AnAdapterMayNoteThem) {
  make_hooks({Rule::layers("a").times()});
  const Clock::Monotonic begin = hooks_->now();
  {
    const auto scope = hooks_->step(1, Phase::kTrain);
    EXPECT_TRUE(hooks_->wants_times(binding_.layer(0)));
    EXPECT_FALSE(hooks_->wants_times(binding_.layer(1)));
    hooks_->note_time(binding_.layer(0), TimedPass::kForward, begin,
                      begin + microseconds(9));
    hooks_->note_time(binding_.layer(1), TimedPass::kForward, begin,
                      begin + microseconds(9));
    hooks_->note_time("a", TimedPass::kForward, begin,
                      begin - microseconds(9));  // backwards: nothing
  }
  EXPECT_THAT(times(), ElementsAre("1 train/forward: a 1+9"));
}

TEST_F(HookTimesTest, ThatNobodyMeasuresNeverFire) {
  make({Rule::layers("a").times()});
  run(0, "a", {1});
  EXPECT_THAT(hooks_->never_fired(), ElementsAre("a: times"));
}

// ---- Complex tensors ----

TEST_F(HookGraphTest, OfComplexTensorsWhatNeedsAnOrderIsRefusedOnce) {
  make({Rule::layers("fft")
            .outputs()
            .stats()
            .histogram()
            .image_grid()
            .tensor()
            .shapes()
            .capture()});
  const Capture capture = hooks_->capture({"fft"});
  const std::vector<std::complex<float>> values = {{1, 2}, {3, 4}};
  for (int64_t step = 0; step < 2; ++step) {
    const auto scope = hooks_->step(step, Phase::kTrain);
    hooks_->tap("fft", values);
  }
  EXPECT_THAT(capture.size(), 1u);
  const auto logged = tags();
  EXPECT_THAT(logged.at("fft/outputs/tensor"), ElementsAre(0, 1));
  EXPECT_THAT(logged.at("fft/outputs/shape"), ElementsAre(0, 1));
  EXPECT_THAT(logged, SizeIs(2));
  EXPECT_THAT(
      hooks_->reports(),
      UnorderedElementsAre(HasSubstr("statistics of \"fft/outputs\": "),
                           HasSubstr("histogram of \"fft/outputs\": "),
                           HasSubstr("image grid of \"fft/outputs\": ")));
  for (const std::string& report : hooks_->reports()) {
    EXPECT_THAT(report, HasSubstr("complex"));
  }
}

}  // namespace
}  // namespace tblog::testing
