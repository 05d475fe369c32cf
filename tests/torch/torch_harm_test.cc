// SPDX-License-Identifier: Apache-2.0
//
// What hooks see, held against plain LibTorch code that computes the same by
// hand; and what they leave alone: values, random numbers, the autograd graph,
// memory.

#include <malloc.h>
#include <torch/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/nn.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tblog/torch_attach.h"
#include "tests/torch/models.h"
#include "tests/torch/torch_fixture.h"

namespace tblog::testing {
namespace {

using at::Tensor;

// x → fc1 → tanh → drop → fc2.
template <template <class> class L>
struct PerceptronImpl : nn::Module {
  explicit PerceptronImpl(double dropout = 0) {
    fc1 = this->register_module("fc1", L<nn::Linear>(4, 8));
    act = this->register_module("act", L<nn::Tanh>());
    drop = this->register_module("drop", L<nn::Dropout>(dropout));
    fc2 = this->register_module("fc2", L<nn::Linear>(8, 2));
  }
  Tensor forward(const Tensor& x) { return fc2(drop(act(fc1(x)))); }

  L<nn::Linear> fc1{nullptr}, fc2{nullptr};
  L<nn::Tanh> act{nullptr};
  L<nn::Dropout> drop{nullptr};
};
using Perceptron = PerceptronImpl<Hooked>;

// A layer that does what it is told.
struct DoesImpl : nn::Module {
  using What = std::function<Tensor(const Tensor&)>;
  explicit DoesImpl(What what_in) : what(std::move(what_in)) {}
  Tensor forward(const Tensor& x) { return what(x); }
  What what;
};
TORCH_MODULE(Does);

class TorchHarmTest : public TorchFixture {
 protected:
  // A rule whose tensors are kept under "<layer>[/<leaf>] <kind>", in the order
  // of their coming.
  Rule keep(Rule rule, c10::ScalarType dtype = at::kFloat) {
    return rule.call([this, dtype](const LayerEvent& event) {
      std::string tag(event.layer);
      if (!event.leaf.empty()) tag += "/" + std::string(event.leaf);
      tag += " " + std::string(tensor_kind_name(event.kind));
      const std::lock_guard<std::mutex> lock(mutex_);
      kept_[tag].push_back(tensor_of(event.value, dtype));
      data_[tag] = event.value.data();
    });
  }
  // The only tensor of this tag.
  Tensor kept(const std::string& tag) {
    EXPECT_THAT(kept_[tag], SizeIs(1)) << tag;
    return kept_[tag].empty() ? Tensor() : kept_[tag][0];
  }

  std::map<std::string, std::vector<Tensor>> kept_;
  std::map<std::string, const void*> data_;
};

// ---- What is seen ----

TEST_F(TorchHarmTest, ValuesAreThoseThatPlainCodeComputes) {
  const auto net = std::make_shared<Perceptron>();
  Tensor w1 = net->fc1->weight.detach().clone().requires_grad_();
  Tensor b1 = net->fc1->bias.detach().clone().requires_grad_();
  Tensor w2 = net->fc2->weight.detach().clone().requires_grad_();
  Tensor b2 = net->fc2->bias.detach().clone().requires_grad_();
  const Tensor target = at::rand({3, 2});
  make({keep(Rule::layers("*")
                 .inputs()
                 .outputs()
                 .gradients()
                 .weights()
                 .weight_gradients())});
  attach_to(*net);
  for (int64_t step = 0; step < 3; ++step) {
    const Tensor x = at::rand({3, 4});
    // By hand.
    const Tensor h = at::linear(x, w1, b1);
    const Tensor a = h.tanh();
    const Tensor y = at::linear(a, w2, b2);
    const Tensor plain_loss = (y - target).pow(2).mean();
    const std::vector<Tensor> by =
        torch::autograd::grad({plain_loss}, {h, a, y, w1, b1, w2, b2});
    // With hooks.
    kept_.clear();
    {
      auto scope = hooks_->step(step, Phase::kTrain);
      net->zero_grad();
      (net->forward(x) - target).pow(2).mean().backward();
      scope.end_backward();
    }
    const std::map<std::string, Tensor> expected = {
        {"fc1 inputs", x},
        {"fc1 outputs", h},
        {"act inputs", h},
        {"act outputs", a},
        {"drop inputs", a},
        {"drop outputs", a},
        {"fc2 inputs", a},
        {"fc2 outputs", y},
        {"fc1 gradients", by[0]},
        {"act gradients", by[1]},
        {"drop gradients", by[1]},
        {"fc2 gradients", by[2]},
        {"fc1/weight weights", w1},
        {"fc1/bias weights", b1},
        {"fc2/weight weights", w2},
        {"fc2/bias weights", b2},
        {"fc1/weight weight_gradients", by[3]},
        {"fc1/bias weight_gradients", by[4]},
        {"fc2/weight weight_gradients", by[5]},
        {"fc2/bias weight_gradients", by[6]}};
    EXPECT_EQ(kept_.size(), expected.size());
    for (const auto& [tag, tensor] : expected) {
      EXPECT_TRUE(kept(tag).equal(tensor.detach())) << tag << " " << step;
    }
    const torch::NoGradGuard no_grad;
    const std::vector<Tensor> plain = {w1, b1, w2, b2};
    const std::vector<Tensor> ours = net->parameters();
    for (size_t i = 0; i < plain.size(); ++i) {
      plain[i].sub_(by[3 + i], 0.1);
      ours[i].sub_(ours[i].grad(), 0.1);
      EXPECT_TRUE(plain[i].equal(ours[i]));
    }
  }
}

TEST_F(TorchHarmTest, LayersAreChosenByNameIndexPatternTypeAndPredicate) {
  const auto net = std::make_shared<Perceptron>();
  const std::vector<std::pair<Rule, std::vector<std::string>>> cases = {
      {Rule::layers("act"), {"act outputs"}},
      {Rule::layers("fc*"), {"fc1 outputs", "fc2 outputs"}},
      {Rule::layers("#1, #-1"), {"act outputs", "fc2 outputs"}},
      {Rule::layers("#1..#2"), {"act outputs", "drop outputs"}},
      {Rule::regex("fc[0-9]|drop"),
       {"drop outputs", "fc1 outputs", "fc2 outputs"}},
      {Rule::type("Tanh"), {"act outputs"}},
      {Rule::where([](const LayerInfo& layer) { return layer.index == 2; }),
       {"drop outputs"}}};
  for (auto [rule, tags] : cases) {
    make({listen(rule.outputs())});
    attach_to(*net);
    {
      const auto scope = hooks_->step(0, Phase::kInference);
      const torch::NoGradGuard no_grad;
      net->forward(at::rand({1, 4}));
    }
    EXPECT_EQ(heard_tags(), tags);
    binding_.remove();
  }
}

TEST_F(TorchHarmTest, TensorsOfEveryFormAreSeenWhereTheyLie) {
  struct Case {
    const char* name;
    c10::ScalarType dtype;
    DoesImpl::What what;
  };
  const std::vector<Case> cases = {
      {"transposed", at::kFloat, [](const Tensor& x) { return x.t(); }},
      {"every second", at::kFloat,
       [](const Tensor& x) { return x.slice(1, 0, 6, 2); }},
      {"column", at::kFloat, [](const Tensor& x) { return x.select(1, 3); }},
      {"expanded", at::kFloat,
       [](const Tensor& x) {
         return x.narrow(1, 2, 1).expand({4, 5});
       }},
      {"windows", at::kFloat,
       [](const Tensor& x) { return x.unfold(1, 3, 1); }},
      {"channels last", at::kFloat,
       [](const Tensor& x) {
         return x.reshape({1, 2, 2, 6})
             .contiguous(at::MemoryFormat::ChannelsLast);
       }},
      {"one value", at::kFloat, [](const Tensor& x) { return x.mean(); }},
      {"none", at::kFloat, [](const Tensor& x) { return x.narrow(0, 1, 0); }},
      {"double", at::kDouble,
       [](const Tensor& x) { return x.to(at::kDouble); }},
      {"half", at::kHalf, [](const Tensor& x) { return x.to(at::kHalf).t(); }},
      {"bfloat16", at::kBFloat16,
       [](const Tensor& x) { return x.to(at::kBFloat16); }},
      {"bytes", at::kByte,
       [](const Tensor& x) { return (x * 9).to(at::kByte); }},
      {"bool", at::kBool, [](const Tensor& x) { return x > 0.5; }},
      {"long", at::kLong, [](const Tensor& x) { return x.argmax(1); }}};
  const Tensor x = at::rand({4, 6});
  for (const Case& one : cases) {
    nn::Sequential model{{"layer", Hooked<Does>(one.what)}};
    make({keep(Rule::layers("layer").outputs(), one.dtype)});
    attach_to(*model);
    kept_.clear();
    Tensor y;
    {
      const auto scope = hooks_->step(0, Phase::kInference);
      y = model->forward(x);
    }
    EXPECT_TRUE(kept("layer outputs").equal(y)) << one.name;
    EXPECT_EQ(data_["layer outputs"], y.data_ptr()) << one.name;
    EXPECT_EQ(hooks_->status(), absl::OkStatus()) << one.name;
    binding_.remove();
  }
}

TEST_F(TorchHarmTest, LowPrecisionModelsAreSeen) {
  nn::Sequential model{{"fc", Hooked<nn::Linear>(4, 3)}};
  model->to(at::kBFloat16);
  make({keep(Rule::layers("fc").outputs().gradients().weights(), at::kBFloat16),
        Rule::layers("fc").outputs().gradients().weights().histogram()});
  attach_to(*model);
  const Tensor x = at::rand({2, 4}).to(at::kBFloat16);
  Tensor y;
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    y = model->forward(x);
    (y * 3).sum().backward();
  }
  EXPECT_TRUE(kept("fc outputs").equal(y));
  EXPECT_TRUE(kept("fc gradients").equal(at::full_like(y, 3).detach()));
  EXPECT_TRUE(kept("fc/bias weights").equal(model->parameters()[1].detach()));
  EXPECT_EQ(hooks_->status(), absl::OkStatus());
  EXPECT_THAT(tags(), SizeIs(4));
}

TEST_F(TorchHarmTest, InferenceModeIsSeen) {
  const auto net = std::make_shared<Perceptron>(0.5);
  net->eval();
  make({keep(Rule::layers("*").outputs().gradients())});
  attach_to(*net);
  const Tensor x = at::rand({2, 4});
  Tensor y;
  {
    const c10::InferenceMode inference;
    const auto scope = hooks_->step(0, Phase::kInference);
    y = net->forward(x);
  }
  EXPECT_TRUE(kept("fc2 outputs").equal(y));
  EXPECT_THAT(kept_, SizeIs(4));
  EXPECT_THAT(hooks_->reports(), IsEmpty());
}

TEST_F(TorchHarmTest, FrozenLayersHaveNoGradients) {
  const auto net = std::make_shared<Perceptron>();
  for (Tensor parameter : net->fc1->parameters()) {
    parameter.requires_grad_(false);
  }
  make({listen(Rule::layers("*").gradients())});
  attach_to(*net);
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    net->forward(at::rand({2, 4})).sum().backward();
  }
  EXPECT_THAT(heard_tags(), ElementsAre("fc2 gradients"));
  EXPECT_EQ(hooks_->status(), absl::OkStatus());
}

TEST_F(TorchHarmTest, OutputsCutOffByDetachHaveNoGradients) {
  nn::Sequential model{
      {"fc", Hooked<nn::Linear>(4, 4)},
      {"cut", Hooked<Does>([](const Tensor& x) { return x.detach(); })},
      {"head", Hooked<nn::Linear>(4, 1)}};
  make({listen(Rule::layers("*").gradients())});
  attach_to(*model);
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    model->forward(at::rand({2, 4})).sum().backward();
  }
  EXPECT_THAT(heard_tags(), ElementsAre("head gradients"));
}

TEST_F(TorchHarmTest, LeafThatStaysHasOneGradientAStep) {
  const Tensor image = at::rand({4}).requires_grad_();
  make({listen(Rule::layers("image").gradients().every(2))});
  for (int64_t step = 0; step < 6; ++step) {
    const auto scope = hooks_->step(step, Phase::kTrain);
    tap(*hooks_, "image", image);
    (image * static_cast<double>(step)).sum().backward();
  }
  std::vector<std::pair<int64_t, double>> seen;
  for (const Heard& heard : take()) seen.emplace_back(heard.step, heard.sum);
  EXPECT_THAT(seen,
              ElementsAre(::testing::Pair(0, 0.0), ::testing::Pair(2, 8.0),
                          ::testing::Pair(4, 16.0)));
  EXPECT_THAT(hooks_->reports(), IsEmpty());
}

TEST_F(TorchHarmTest, ThreadsWithStepsOfTheirOwnAreToldApart) {
  const auto net = std::make_shared<Perceptron>();
  make({listen(Rule::layers("fc2").outputs().gradients())});
  attach_to(*net);
  std::vector<double> sums(4);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < sums.size(); ++i) {
    threads.emplace_back([&, i] {
      const auto scope =
          hooks_->thread_step(static_cast<int64_t>(i), Phase::kTrain);
      const Tensor y = net->forward(at::full({2, 4}, static_cast<double>(i)));
      sums[i] = y.sum().item<double>();
      (y * static_cast<double>(i)).sum().backward();
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::map<std::pair<int64_t, std::string>, double> seen;
  for (const Heard& heard : take()) seen[{heard.step, heard.tag}] = heard.sum;
  ASSERT_THAT(seen, SizeIs(8));
  for (size_t i = 0; i < sums.size(); ++i) {
    const auto step = static_cast<int64_t>(i);
    EXPECT_NEAR(seen.at({step, "fc2 outputs"}), sums[i], 1e-5);
    EXPECT_EQ(seen.at({step, "fc2 gradients"}), 4.0 * static_cast<double>(i));
  }
}

// ---- What is left alone ----

// An autograd graph as text: functions and what each leads to.
std::string graph_of(const Tensor& tensor) {
  std::map<const torch::autograd::Node*, size_t> numbers;
  std::string text;
  const std::function<void(const torch::autograd::Edge&)> walk =
      [&](const torch::autograd::Edge& edge) {
        if (edge.function == nullptr) return void(text += "-");
        const auto [at, fresh] =
            numbers.emplace(edge.function.get(), numbers.size());
        text +=
            std::to_string(at->second) + "." + std::to_string(edge.input_nr);
        if (!fresh) return;
        text += edge.function->name() + "(";
        for (const auto& next : edge.function->next_edges()) walk(next);
        text += ")";
      };
  walk(torch::autograd::Edge(tensor.grad_fn(),
                             static_cast<uint32_t>(tensor.output_nr())));
  return text;
}

TEST_F(TorchHarmTest, GraphIsThatOfTheModelWithoutHooks) {
  torch::manual_seed(3);
  const auto stock = std::make_shared<ResNet18Impl<Stock>>();
  torch::manual_seed(3);
  const auto hooked = std::make_shared<ResNet18Impl<Hooked>>();
  make({Rule::layers("*").inputs().outputs().gradients().stats()});
  attach_to(*hooked);
  const Tensor x = at::rand({2, 3, 8, 8});
  const auto scope = hooks_->step(0, Phase::kTrain);
  const Tensor y = hooked->forward(x);
  const Tensor plain = stock->forward(x);
  EXPECT_TRUE(y.equal(plain));
  EXPECT_EQ(graph_of(y), graph_of(plain));
  EXPECT_EQ(y._version(), plain._version());
  EXPECT_EQ(y.requires_grad(), plain.requires_grad());
}

TEST_F(TorchHarmTest, ReturnedTensorIsTheLayersOwn) {
  const Tensor own = at::rand({3});
  const int64_t version = own._version();
  nn::Sequential model{
      {"layer", Hooked<Does>([&](const Tensor&) { return own; })}};
  make({Rule::layers("*").inputs().outputs().gradients().stats()});
  attach_to(*model);
  const auto scope = hooks_->step(0, Phase::kTrain);
  const Tensor y = model->forward(at::rand({3}));
  EXPECT_TRUE(y.is_same(own));
  EXPECT_EQ(own._version(), version);
}

TEST_F(TorchHarmTest, RandomNumbersGoOnAsWithoutHooks) {
  torch::manual_seed(3);
  const auto stock = std::make_shared<PerceptronImpl<Stock>>(0.5);
  torch::manual_seed(3);
  const auto hooked = std::make_shared<Perceptron>(0.5);
  make({Rule::layers("*").outputs().gradients().weights().histogram().stats()});
  attach_to(*hooked);
  const auto draw = [](auto& net) {
    torch::manual_seed(7);
    const Tensor y = net.forward(at::ones({5, 4}));
    y.sum().backward();
    return std::vector<Tensor>{y.detach(), at::rand({3})};
  };
  const std::vector<Tensor> plain = draw(*stock);
  const auto scope = hooks_->step(0, Phase::kTrain);
  EXPECT_TRUE(same_bits(draw(*hooked), plain));
}

TEST_F(TorchHarmTest, GradientsOfGradientsAreThoseOfPlainCode) {
  torch::manual_seed(3);
  const auto stock = std::make_shared<PerceptronImpl<Stock>>();
  torch::manual_seed(3);
  const auto hooked = std::make_shared<Perceptron>();
  make({Rule::layers("*").outputs().gradients().weight_gradients().stats()});
  attach_to(*hooked);
  const auto penalty = [](auto& net) {
    const Tensor x = at::ones({5, 4}).requires_grad_();
    const Tensor y = net.forward(x).sum();
    const Tensor by_x = torch::autograd::grad({y}, {x}, {}, true, true)[0];
    (y + by_x.pow(2).sum()).backward();
    return std::vector<Tensor>{net.fc1->weight.grad(), net.fc2->weight.grad(),
                               by_x.detach(), x.grad()};
  };
  const std::vector<Tensor> plain = penalty(*stock);
  std::vector<Tensor> with;
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    with = penalty(*hooked);
  }
  EXPECT_TRUE(same_bits(with, plain));
  EXPECT_EQ(hooks_->status(), absl::OkStatus());
  for (const auto& [tag, steps] : tags()) EXPECT_THAT(steps, SizeIs(1)) << tag;
}

// Bytes of all that malloc() has given and not got back.
size_t live_bytes() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST_F(TorchHarmTest, NoTensorLivesLongerThanWithoutHooks) {
  constexpr size_t kTensor = size_t{4} << 20;  // 4 MiB an output
  nn::Sequential model{{"a", Hooked<nn::Tanh>()},
                       {"b", Hooked<nn::Tanh>()},
                       {"c", Hooked<nn::Tanh>()},
                       {"d", Hooked<nn::Tanh>()}};
  make({Rule::layers("*").inputs().outputs().gradients().stats().histogram()});
  attach_to(*model);
  const Tensor x = at::rand({1024, 1024}).requires_grad_();
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    model->forward(x).sum().backward();
    x.mutable_grad().reset();
  }
  const auto scope = hooks_->step(1, Phase::kTrain);
  const size_t before = live_bytes();
  Tensor y = model->forward(x);
  EXPECT_LT(live_bytes(), before + 4 * kTensor + kTensor / 2);
  y.sum().backward();
  y.reset();  // and the graph by it
  EXPECT_LT(live_bytes(), before + kTensor + kTensor / 2);  // x.grad()
  {
    const torch::NoGradGuard no_grad;
    y = model->forward(x);
    EXPECT_LT(live_bytes(), before + 2 * kTensor + kTensor / 2);
  }
}

// Its backward() throws.
struct Fails : torch::autograd::Function<Fails> {
  static Tensor forward(torch::autograd::AutogradContext*, const Tensor& x) {
    return x.clone();
  }
  static std::vector<Tensor> backward(torch::autograd::AutogradContext*,
                                      const std::vector<Tensor>&) {
    throw std::runtime_error("backward");
  }
};

TEST_F(TorchHarmTest, WhatBackwardThrowsComesThroughAndTheNextStepIsWhole) {
  bool fails = true;
  nn::Sequential model{{"in", Hooked<nn::Linear>(4, 4)},
                       {"mid", Hooked<Does>([&](const Tensor& x) {
                          return fails ? Fails::apply(x) : x * 1;
                        })},
                       {"out", Hooked<nn::Linear>(4, 1)}};
  make({listen(Rule::layers("*").outputs().gradients())});
  attach_to(*model);
  for (int64_t step = 0; step < 2; ++step) {
    fails = step == 0;
    const auto scope = hooks_->step(step, Phase::kTrain);
    const Tensor loss = model->forward(at::rand({2, 4})).sum();
    if (fails) {
      EXPECT_ANY_THROW(loss.backward());
    } else {
      loss.backward();
    }
    EXPECT_THAT(heard_tags(), SizeIs(fails ? 5 : 6));
  }
  EXPECT_EQ(hooks_->stats().exceptions, 0u);
}

}  // namespace
}  // namespace tblog::testing
