// SPDX-License-Identifier: Apache-2.0

#include "tblog/torch_untouched.h"

#include <torch/nn.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/torch/models.h"
#include "tests/torch/torch_fixture.h"

namespace tblog::testing {
namespace {

using at::Tensor;

class TorchUntouchedTest : public TorchFixture {
 protected:
  template <class Model>
  void attach_untouched(Model& model) {
    absl::StatusOr<Binding> binding = attach(*hooks_, model, Untouched{});
    ASSERT_TRUE(binding.ok()) << binding.status();
    binding_ = *std::move(binding);
  }
};

// What each call of `run` shows: tag → all values, as float64.
using Shown = std::map<std::string, std::vector<double>>;

template <class Model, class... How>
Shown shown(Model model, const std::function<Tensor(Model&)>& run, How... how) {
  struct Root : nn::Module {};
  const auto root = std::make_shared<Root>();
  root->register_module("layer", model);
  Shown shown;
  LayerHooks hooks(
      SummaryWriter::null(),
      {Rule::layers("layer").outputs().gradients().call(
          [&](const LayerEvent& event) {
            EXPECT_EQ(event.value.dtype(), DType::kFloat32);
            const Tensor value =
                tensor_of(event.value, at::kFloat).contiguous();
            const auto* const data = value.data_ptr<float>();
            const std::string tag = std::string(event.phase.name()) + " " +
                                    std::string(event.leaf) + " " +
                                    std::string(tensor_kind_name(event.kind));
            EXPECT_TRUE(shown[tag].empty()) << tag << " came twice";
            shown[tag].assign(data, data + event.value.size());
          })});
  const auto binding = attach(hooks, *root, how...);
  EXPECT_TRUE(binding.ok()) << binding.status();
  for (const Phase& phase : {Phase::kTrain, Phase::kEval}) {
    root->train(phase == Phase::kTrain);
    torch::manual_seed(1);
    const auto scope = hooks.step(0, phase);
    const Tensor result = run(model);
    if (phase == Phase::kTrain) result.sum().backward();
  }
  EXPECT_EQ(hooks.status(), absl::OkStatus());
  return shown;
}

template <class M, class Options>
void expect_like_hooked(const Options& options, size_t leaves,
                        const std::function<Tensor(M&)>& run,
                        const std::function<Tensor(Hooked<M>&)>& run_hooked) {
  torch::manual_seed(0);
  const M stock(options);
  torch::manual_seed(0);
  const Hooked<M> hooked(options);
  const Shown untouched = shown<M>(stock, run, Untouched{});
  const Shown expected = shown<Hooked<M>>(hooked, run_hooked);
  EXPECT_EQ(untouched, expected) << stock->name();
  EXPECT_GE(untouched.size(), 2 * leaves + 1) << stock->name();
}

// The same of a module whose output is one tensor, of one input.
template <class M, class Options>
void expect_like_hooked(const Options& options, const Tensor& input) {
  const auto run = [&](auto& model) -> Tensor { return model(input); };
  expect_like_hooked<M>(options, 1, run, run);
}

TEST_F(TorchUntouchedTest, EqualsHooked) {
  const Tensor row = at::rand({3, 4});
  const Tensor image = at::rand({2, 4, 6, 6});
  const Tensor volume = at::rand({2, 4, 4, 4, 4});
  const Tensor signal = at::rand({2, 4, 9});
  const Tensor rows = at::rand({2, 3, 4});
  for (const bool bias : {true, false}) {
    for (const Tensor& input : {row, rows, row[0]}) {
      expect_like_hooked<nn::Linear>(nn::LinearOptions(4, 5).bias(bias), input);
    }
  }
  expect_like_hooked<nn::Conv1d>(nn::Conv1dOptions(4, 5, 3), signal);
  expect_like_hooked<nn::Conv2d>(
      nn::Conv2dOptions(4, 5, 3).padding(1).padding_mode(torch::kCircular),
      image);
  expect_like_hooked<nn::Conv2d>(
      nn::Conv2dOptions(4, 5, 3).padding(torch::kSame), image);
  expect_like_hooked<nn::Conv3d>(nn::Conv3dOptions(4, 5, 3), volume);
  expect_like_hooked<nn::ConvTranspose1d>(nn::ConvTranspose1dOptions(4, 5, 3),
                                          signal);
  expect_like_hooked<nn::ConvTranspose2d>(nn::ConvTranspose2dOptions(4, 5, 3),
                                          image);
  expect_like_hooked<nn::ConvTranspose3d>(nn::ConvTranspose3dOptions(4, 5, 3),
                                          volume);
  expect_like_hooked<nn::BatchNorm1d>(nn::BatchNorm1dOptions(4), signal);
  expect_like_hooked<nn::BatchNorm2d>(nn::BatchNorm2dOptions(4), image);
  expect_like_hooked<nn::BatchNorm3d>(nn::BatchNorm3dOptions(4), volume);
  expect_like_hooked<nn::InstanceNorm2d>(
      nn::InstanceNorm2dOptions(4).affine(true), image);
  expect_like_hooked<nn::LayerNorm>(nn::LayerNormOptions({4}), row);
  expect_like_hooked<nn::GroupNorm>(nn::GroupNormOptions(2, 4), image);
  expect_like_hooked<nn::PReLU>(nn::PReLUOptions().num_parameters(4),
                                row - 0.5);
  const Tensor ids = at::arange(6).reshape({2, 3});
  expect_like_hooked<nn::Embedding>(nn::EmbeddingOptions(7, 4), ids);
  expect_like_hooked<nn::EmbeddingBag>(nn::EmbeddingBagOptions(7, 4), ids);
  expect_like_hooked<nn::RNNCell>(nn::RNNCellOptions(4, 5), row);
  expect_like_hooked<nn::GRUCell>(nn::GRUCellOptions(4, 5), row);
}

TEST_F(TorchUntouchedTest, EqualsHookedWhereThereAreSeveralLeavesOrInputs) {
  const Tensor sequence = at::rand({5, 2, 4});
  const auto pair = [&](auto& model) -> Tensor {
    const auto result = model(sequence);
    return std::get<0>(result).sum() + std::get<1>(result).sum();
  };
  expect_like_hooked<nn::RNN>(nn::RNNOptions(4, 3).nonlinearity(torch::kReLU),
                              2, pair, pair);
  expect_like_hooked<nn::GRU>(nn::GRUOptions(4, 3).bidirectional(true), 2, pair,
                              pair);
  const auto lstm = [&](auto& model) -> Tensor {
    const auto [output, state] = model(sequence);
    return output.sum() + std::get<0>(state).sum() + std::get<1>(state).sum();
  };
  expect_like_hooked<nn::LSTM>(nn::LSTMOptions(4, 3).num_layers(2), 3, lstm,
                               lstm);
  const auto cell = [&](auto& model) -> Tensor {
    const auto [h, c] = model(sequence[0]);
    return h.sum() + c.sum();
  };
  expect_like_hooked<nn::LSTMCell>(nn::LSTMCellOptions(4, 3), 2, cell, cell);
  const auto both = [&](auto& model) -> Tensor {
    return model(sequence, sequence);
  };
  expect_like_hooked<nn::Bilinear>(nn::BilinearOptions(4, 4, 3), 1, both, both);
}

TEST_F(TorchUntouchedTest, UnseenLayersAreListed) {
  nn::Sequential model{
      {"conv", nn::Conv2d(nn::Conv2dOptions(1, 2, 3))},
      {"relu", nn::ReLU()},
      {"pool", nn::MaxPool2d(nn::MaxPool2dOptions(2))},
      {"norm",
       nn::LayerNorm(nn::LayerNormOptions({2}).elementwise_affine(false))},
      {"fc", Hooked<nn::Linear>(2, 2)}};
  make({listen(Rule::layers("*").outputs())});
  attach_untouched(*model);
  EXPECT_THAT(binding_.unseen(), ElementsAre("relu", "pool", "norm"));
  const auto scope = hooks_->step(0, Phase::kTrain);
  model->forward(at::ones({1, 1, 6, 6}));
  EXPECT_THAT(heard_tags(), ElementsAre("conv outputs", "fc outputs"));
}

TEST_F(TorchUntouchedTest, OperatorsAreToldOfInDueStepsOnly) {
  nn::Sequential model(nn::Linear(4, 4), nn::ReLU());
  make({Rule::layers("0").outputs().stats().every(10),
        Rule::layers("0").weights().stats()});
  attach_untouched(*model);
  EXPECT_FALSE(::tblog::internal::torch_observers.installed());
  for (int64_t step = 0; step < 30; ++step) {
    const auto scope = hooks_->step(step, Phase::kTrain);
    EXPECT_EQ(::tblog::internal::torch_observers.installed(), step % 10 == 0);
    EXPECT_EQ(at::hasGlobalCallbacks(), step % 10 == 0);
    model->forward(at::ones({1, 4}));
  }
  EXPECT_FALSE(at::hasGlobalCallbacks());
  EXPECT_EQ(hooks_->stats().observed, 3u + 2 * 30);
}

TEST_F(TorchUntouchedTest, GoesWithTheBindingAlsoInsideAHook) {
  nn::Sequential model(nn::Linear(4, 4), nn::Linear(4, 4));
  int calls = 0;
  make({Rule::layers("*").outputs().call([&](const LayerEvent&) {
    ++calls;
    binding_.remove();
  })});
  attach_untouched(*model);
  const auto scope = hooks_->step(0, Phase::kTrain);
  model->forward(at::ones({1, 4}));
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(at::hasGlobalCallbacks());
}

TEST_F(TorchUntouchedTest, GoesWithTheHooks) {
  nn::Sequential model(nn::Linear(4, 4));
  make({Rule::layers("*").outputs().stats()});
  attach_untouched(*model);
  const auto scope = hooks_->step(0, Phase::kTrain);
  EXPECT_TRUE(at::hasGlobalCallbacks());
  hooks_.reset();
  EXPECT_FALSE(at::hasGlobalCallbacks());
  model->forward(at::ones({1, 4}));
}

TEST_F(TorchUntouchedTest, TiedEmbeddingAndHeadAreToldApart) {
  nn::Sequential model{
      {"embed", nn::Embedding(5, 4)},
      {"head", nn::Linear(nn::LinearOptions(4, 5).bias(false))}};
  model[1]->as<nn::Linear>()->weight.set_data(
      model[0]->as<nn::Embedding>()->weight);
  make({listen(Rule::layers("*").outputs())});
  attach_untouched(*model);
  const auto scope = hooks_->step(0, Phase::kTrain);
  model->forward(at::arange(3));
  EXPECT_THAT(heard_tags(), ElementsAre("embed outputs", "head outputs"));
}

TEST_F(TorchUntouchedTest, BackwardAndOptimizersAreNotSeen) {
  nn::Sequential model(nn::Linear(4, 4), nn::BatchNorm1d(4));
  make({listen(Rule::layers("*").outputs())});
  attach_untouched(*model);
  const auto scope = hooks_->step(0, Phase::kTrain);
  const Tensor loss = model->forward(at::rand({3, 4})).pow(2).sum();
  EXPECT_THAT(heard_tags(), SizeIs(2));
  loss.backward();
  const torch::NoGradGuard no_grad;
  for (Tensor parameter : model->parameters()) {
    parameter.add_(parameter.grad(), -0.1);
  }
  EXPECT_THAT(heard_tags(), IsEmpty());
}

TEST_F(TorchUntouchedTest, ParametersMayBecomeOthersBetweenSteps) {
  nn::Sequential model(nn::Linear(4, 4));
  make({listen(Rule::layers("0").outputs())});
  attach_untouched(*model);
  for (int64_t step = 0; step < 2; ++step) {
    {
      const auto scope = hooks_->step(step, Phase::kTrain);
      model->forward(at::ones({1, 4}).to(model->parameters()[0].scalar_type()));
    }
    EXPECT_THAT(heard_tags(), ElementsAre("0 outputs"));
    model->to(at::kDouble);
  }
}

}  // namespace
}  // namespace tblog::testing
