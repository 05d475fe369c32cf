// SPDX-License-Identifier: Apache-2.0

#include "tblog/torch_attach.h"

#include <torch/nn.h>
#include <torch/optim.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tblog/proto/graph.pb.h"
#include "tests/torch/torch_fixture.h"

namespace tblog::testing {
namespace {

namespace nn = torch::nn;
using at::Tensor;

struct SmallNetImpl : nn::Module {
  SmallNetImpl() {
    fc1 = register_module("fc1", Hooked<nn::Linear>(4, 4));
    act = register_module("act",
                          Hooked<nn::ReLU>(nn::ReLUOptions().inplace(true)));
    fc2 = register_module("fc2", Hooked<nn::Linear>(4, 1));
    scale = register_parameter("scale", at::ones({1}));
  }
  Tensor forward(Tensor x) { return fc2(act(fc1(x))) * scale; }

  Hooked<nn::Linear> fc1{nullptr}, fc2{nullptr};
  Hooked<nn::ReLU> act{nullptr};
  Tensor scale;
};
TORCH_MODULE(SmallNet);

class TorchAttachTest : public TorchFixture {
 protected:
  SmallNet net_;
  const Tensor x_ = at::ones({3, 4});
};

// ---- Names ----

TEST_F(TorchAttachTest, NamesIndicesAndTypesAreThoseOfTheModel) {
  make({listen(Rule::layers("#0, #-1").outputs()),
        listen(Rule::type("ReLU").outputs()),
        listen(Rule::layers("SmallNet").weights())});
  attach_to(*net_);
  EXPECT_EQ(binding_.size(), 4u);
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    net_(x_);
  }
  EXPECT_THAT(heard_tags(), ElementsAre("SmallNet/scale weights", "act outputs",
                                        "fc1 outputs", "fc2 outputs"));
}

TEST_F(TorchAttachTest, ModelMayBeGivenAsItsHolder) {
  make({listen(Rule::layers("fc1").weights())});
  const absl::StatusOr<Binding> binding = attach(*hooks_, net_);
  EXPECT_TRUE(binding.ok()) << binding.status();
}

TEST_F(TorchAttachTest, UnknownLayerIsAnErrorWithTheNearestNames) {
  make({Rule::layers("fc3").outputs().stats()});
  const absl::StatusOr<Binding> binding = attach(*hooks_, *net_);
  EXPECT_EQ(binding.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(binding.status().message()), HasSubstr("fc1"));
}

TEST_F(TorchAttachTest, StockLayersShowTheirWeightsAndAreListedAsUnseen) {
  nn::Sequential model{{"in", nn::Linear(4, 2)},
                       {"out", Hooked<nn::Linear>(2, 1)}};
  make({listen(Rule::layers("*").outputs().weights())});
  attach_to(*model);
  EXPECT_THAT(binding_.unseen(), ElementsAre("in"));
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    model->forward(x_);
  }
  EXPECT_THAT(heard_tags(),
              ElementsAre("in/bias weights", "in/weight weights", "out outputs",
                          "out/bias weights", "out/weight weights"));
}

TEST_F(TorchAttachTest, FifthHooksOfALayerAreRefused) {
  std::vector<LayerHooks> hooks(5);
  std::vector<Binding> bindings;
  for (size_t i = 0; i < 4; ++i) {
    auto binding = attach(hooks[i], *net_);
    ASSERT_TRUE(binding.ok()) << binding.status();
    bindings.push_back(*std::move(binding));
  }
  EXPECT_EQ(attach(hooks[4], *net_).status().code(),
            absl::StatusCode::kResourceExhausted);
  bindings.pop_back();
  EXPECT_TRUE(attach(hooks[4], *net_).ok());
}

TEST_F(TorchAttachTest, TwoHooksSeeTheSameModel) {
  make({listen(Rule::layers("fc1").outputs())});
  attach_to(*net_);
  LayerHooks other;
  Capture capture = other.capture({"fc2"});
  const auto second = attach(other, *net_);
  ASSERT_TRUE(second.ok());
  const auto scope = hooks_->step(0, Phase::kTrain);
  {
    const auto inner = other.step(9, Phase::kEval);
    net_(x_);
  }
  EXPECT_THAT(heard_tags(), ElementsAre("fc1 outputs"));
  EXPECT_TRUE(capture.contains("fc2"));
  EXPECT_EQ(capture.step(), 9);
}

// ---- Phases ----

TEST_F(TorchAttachTest, ModeThatContradictsThePhaseIsToldOnce) {
  make({listen(Rule::layers("*").outputs())});
  attach_to(*net_);
  for (int64_t step = 0; step < 3; ++step) {
    const auto scope = hooks_->step(step, Phase::kEval);
    net_(x_);
  }
  EXPECT_THAT(hooks_->reports(),
              ElementsAre(HasSubstr("is in training mode in a step of phase "
                                    "eval")));
}

TEST_F(TorchAttachTest, TrainAndEvalAreToldApart) {
  make({listen(Rule::layers("fc1").outputs())});
  attach_to(*net_);
  for (const Phase& phase : {Phase::kTrain, Phase::kEval}) {
    net_->train(phase == Phase::kTrain);
    const auto scope = hooks_->step(0, phase);
    net_(x_);
  }
  const std::vector<Heard> heard = take();
  ASSERT_THAT(heard, SizeIs(2));
  EXPECT_EQ(heard[0].phase, "train");
  EXPECT_EQ(heard[1].phase, "eval");
  EXPECT_THAT(hooks_->reports(), IsEmpty());
}

// ---- The graph ----

// Blocks of memory that serve again as soon as a tensor lets go of them, the
// lowest first.
class Blocks {
 public:
  Tensor copy(const Tensor& x) {
    size_t block = 0;
    while (used_[block]) ++block;
    used_[block] = true;
    Tensor y = at::from_blob(
        memory_[block], x.sizes(),
        [this, block](void*) { used_[block] = false; }, at::kFloat);
    return y.copy_(x);
  }

  int64_t used() const { return std::count(used_, used_ + 8, true); }

 private:
  float memory_[8][16] = {};
  bool used_[8] = {};
};

struct CopyImpl : nn::Module {
  explicit CopyImpl(Blocks* blocks_in) : blocks(blocks_in) {}
  Tensor forward(const Tensor& x) { return blocks->copy(x); }
  Blocks* blocks;
};
TORCH_MODULE(Copy);

struct CopiesImpl : nn::Module {
  CopiesImpl() {
    a = register_module("a", Hooked<Copy>(&blocks));
    b = register_module("b", Hooked<Copy>(&blocks));
    c = register_module("c", Hooked<Copy>(&blocks));
  }
  Tensor forward(Tensor x) {
    x = a(x);
    x = b(x);
    x = blocks.copy(x);  // no layer; where a's output was
    return c(x);
  }
  Blocks blocks;
  Hooked<Copy> a{nullptr}, b{nullptr}, c{nullptr};
};
TORCH_MODULE(Copies);

TEST_F(TorchAttachTest, GraphIsRightWhereMemoryIsUsedAgainWithinAPass) {
  Copies net;
  make({});
  attach_to(*net);
  hooks_->log_graph();
  {
    const at::NoGradGuard no_grad;
    const auto scope = hooks_->step(0, Phase::kInference);
    net(x_);
    net(x_);
  }
  EXPECT_EQ(net->blocks.used(), 0);  // nothing is kept beyond the step
  std::map<std::string, std::string> inputs;
  for (const auto& event : events("/memory/runs/a")) {
    proto::GraphDef graph;
    if (event.graph_def().empty()) continue;
    ASSERT_TRUE(graph.ParseFromString(event.graph_def()));
    for (const proto::NodeDef& node : graph.node()) {
      for (const std::string& input : node.input()) {
        inputs[node.name()] += input;
      }
    }
  }
  EXPECT_EQ(inputs, (std::map<std::string, std::string>{
                        {"a", "input"}, {"b", "a"}, {"c", "b"}}));
}

// ---- Weights and gradients ----

TEST_F(TorchAttachTest, WeightsAndTheirGradientsAreReadAtEndBackward) {
  make({listen(Rule::layers("fc2").weights().weight_gradients())});
  attach_to(*net_);
  torch::optim::SGD optimizer(net_->parameters(), 1.0);
  {
    auto scope = hooks_->step(0, Phase::kTrain);
    optimizer.zero_grad();
    net_(x_).sum().backward();
    const double before = net_->fc2->bias.item<double>();
    scope.end_backward();
    optimizer.step();
    net_->zero_grad();
    const auto sums = heard_sums();
    EXPECT_EQ(sums.at("fc2/bias weights"), before);
    EXPECT_EQ(sums.at("fc2/bias weight_gradients"), 3);
    EXPECT_THAT(sums, SizeIs(4));
  }
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(TorchAttachTest, AbsentGradientIsToldOnce) {
  make({listen(Rule::layers("fc1").weight_gradients())});
  attach_to(*net_);
  for (int64_t step = 0; step < 3; ++step) {
    const auto scope = hooks_->step(step, Phase::kTrain);
    net_(x_);
  }
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_THAT(hooks_->reports(),
              ElementsAre(HasSubstr("\"fc1/weight\" is absent"),
                          HasSubstr("\"fc1/bias\" is absent")));
}

TEST_F(TorchAttachTest, GradientsOfOutputsAreThoseOfAutograd) {
  make({listen(Rule::layers("*").gradients())});
  attach_to(*net_);
  const Tensor weight = net_->fc2->weight.detach().clone();
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    net_(x_).sum().backward();
  }
  const auto sums = heard_sums();
  EXPECT_EQ(sums.at("fc2 gradients"), 3);
  EXPECT_NEAR(sums.at("act gradients"), 3 * weight.sum().item<double>(), 1e-6);
  // By the value before the activation has overwritten it.
  const Tensor before = net_->fc1(x_).detach();
  EXPECT_NEAR(sums.at("fc1 gradients"),
              (weight * (before > 0)).sum().item<double>(), 1e-6);
}

TEST_F(TorchAttachTest, GradientsOfOtherThreadsHaveTheForwardsStepAndPhase) {
  make({listen(Rule::layers("fc1").gradients())});
  attach_to(*net_);
  const auto outer = hooks_->step(7, Phase::kTrain);
  const Tensor loss = net_(x_).sum();
  {
    const auto inner = hooks_->step(100, Phase::kEval);
    std::thread([&] { loss.backward(); }).join();
  }
  const std::vector<Heard> heard = take();
  ASSERT_THAT(heard, SizeIs(1));
  EXPECT_EQ(heard[0].step, 7);
  EXPECT_EQ(heard[0].phase, "train");
}

TEST_F(TorchAttachTest, BackwardAfterTheStepIsReported) {
  make({listen(Rule::layers("fc1").gradients())});
  attach_to(*net_);
  Tensor loss;
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    loss = net_(x_).sum();
  }
  loss.backward();
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_THAT(hooks_->reports(),
              ElementsAre(HasSubstr("\"fc1\" came after the end of its step")));
}

TEST_F(TorchAttachTest, NoGradientsAreAskedForWithoutAutograd) {
  make({listen(Rule::layers("*").gradients())});
  attach_to(*net_);
  const torch::NoGradGuard no_grad;
  const auto scope = hooks_->step(0, Phase::kInference);
  net_(x_);
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(TorchAttachTest, GradientOfACallHasItsNumber) {
  nn::Sequential model{{"fc", Hooked<nn::Linear>(4, 4)}};
  make({listen(Rule::layers("fc").gradients())});
  attach_to(*model);
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    const Tensor first = model->forward(x_);
    const Tensor second = model->forward(first);
    (second * 2).sum().backward();
  }
  const auto sums = heard_sums();
  EXPECT_EQ(sums.size(), 2u);
  EXPECT_EQ(sums.at("fc:1 gradients"), 2 * 12);
}

TEST_F(TorchAttachTest, HooksHoldNoTensor) {
  make({Rule::layers("*").outputs().gradients().stats().histogram()});
  attach_to(*net_);
  const auto scope = hooks_->step(0, Phase::kTrain);
  Tensor result = net_(x_);
  const c10::weak_intrusive_ptr<c10::TensorImpl> weak(result.getIntrusivePtr());
  result.reset();
  EXPECT_TRUE(weak.expired());
}

// ---- Sharing ----

TEST_F(TorchAttachTest, TiedWeightsAreOfBothLayers) {
  nn::Sequential model{
      {"embed", nn::Embedding(5, 4)},
      {"head", Hooked<nn::Linear>(nn::LinearOptions(4, 5).bias(false))}};
  auto& embed = *model[0]->as<nn::Embedding>();
  auto& head = *model[1]->as<nn::Linear>();
  head.weight.set_data(embed.weight);
  make({listen(Rule::layers("*").weights())});
  attach_to(*model);
  { const auto scope = hooks_->step(0, Phase::kTrain); }
  const auto sums = heard_sums();
  EXPECT_THAT(sums, SizeIs(2));
  EXPECT_EQ(sums.at("embed/weight weights"), sums.at("head/weight weights"));
}

TEST_F(TorchAttachTest, ModuleWithTwoNamesHasTheFirst) {
  struct Shared : nn::Module {
    Shared() {
      a = register_module("a", Hooked<nn::Linear>(4, 4));
      register_module("b", a);
    }
    Hooked<nn::Linear> a{nullptr};
  };
  const auto model = std::make_shared<Shared>();
  make({listen(Rule::layers("*").outputs())});
  attach_to(*model);
  EXPECT_EQ(binding_.size(), 1u);
  const auto scope = hooks_->step(0, Phase::kTrain);
  model->a(model->a(x_));
  EXPECT_THAT(heard_tags(), ElementsAre("a outputs", "a:1 outputs"));
}

// ---- Going away ----

TEST_F(TorchAttachTest, HooksGoAnywhere) {
  std::vector<std::string> seen;
  make({Rule::layers("*").outputs().gradients().call(
      [&](const LayerEvent& event) {
        seen.emplace_back(event.layer);
        if (event.layer == "act") binding_.remove();
      })});
  attach_to(*net_);
  const auto scope = hooks_->step(0, Phase::kTrain);
  net_(x_).sum().backward();
  EXPECT_THAT(seen, ElementsAre("fc1", "act"));
  attach_to(*net_);
  seen.clear();
  const Tensor loss = net_->fc1(x_).sum();
  binding_.remove();
  loss.backward();
  EXPECT_THAT(seen, ElementsAre("fc1"));
}

TEST_F(TorchAttachTest, ModelMayGoFirst) {
  make({listen(Rule::layers("*").weights())});
  attach_to(*net_);
  net_ = nullptr;
  { const auto scope = hooks_->step(0, Phase::kTrain); }
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(TorchAttachTest, HooksMayGoBeforeModelAndBinding) {
  make({listen(Rule::layers("*").outputs().gradients())});
  attach_to(*net_);
  Tensor loss;
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    loss = net_(x_).sum();
  }
  take();
  hooks_.reset();
  loss.backward();
  net_(x_);
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(TorchAttachTest, WhatARuleThrowsDoesNotReachTheModel) {
  make({Rule::layers("*").outputs().gradients().call(
      [](const LayerEvent&) { throw std::runtime_error("rule"); })});
  attach_to(*net_);
  const auto scope = hooks_->step(0, Phase::kTrain);
  net_(x_).sum().backward();
  EXPECT_TRUE(net_->fc1->weight.grad().defined());
  EXPECT_GT(hooks_->stats().exceptions, 0u);
}

TEST_F(TorchAttachTest, WhatTheModelThrowsComesThrough) {
  make({listen(Rule::layers("*").outputs())});
  attach_to(*net_);
  const auto scope = hooks_->step(0, Phase::kTrain);
  EXPECT_THROW(net_(at::ones({2, 9})), c10::Error);
  EXPECT_THAT(take(), IsEmpty());
  net_(x_);
  EXPECT_THAT(take(), SizeIs(3));
}

// ---- Inner tensors ----

TEST_F(TorchAttachTest, TapShowsInnerTensorsAndTheirGradients) {
  make({listen(Rule::layers("scores").outputs().gradients())});
  const Tensor weight = at::ones({4}).requires_grad_();
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    const Tensor scores = x_ * weight;
    tap(*hooks_, "scores", scores);
    (scores * 5).sum().backward();
  }
  const auto sums = heard_sums();
  EXPECT_EQ(sums.at("scores outputs"), 12);
  EXPECT_EQ(sums.at("scores gradients"), 60);
}

}  // namespace
}  // namespace tblog::testing
