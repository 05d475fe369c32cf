// SPDX-License-Identifier: Apache-2.0

#include "tblog/torch_hooked.h"

#include <torch/nn.h>
#include <torch/serialize.h>

#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/torch/torch_fixture.h"

namespace tblog::testing {
namespace {

namespace nn = torch::nn;
using at::Tensor;

// ---- Modules of a user's own ----

struct TwoHeads {
  Tensor logits;
  std::optional<Tensor> value;
};
template <class Visit>
void tblog_visit(const TwoHeads& heads, Visit&& visit) {
  visit("logits", heads.logits);
  visit("value", heads.value);
}

// Returns what RETURN says, of x.
template <class R>
struct ReturnsImpl : nn::Cloneable<ReturnsImpl<R>> {
  void reset() override {}
  R forward(Tensor x);
};
template <>
TwoHeads ReturnsImpl<TwoHeads>::forward(Tensor x) {
  return {x, x * 2};
}
using List = std::vector<Tensor>;
template <>
List ReturnsImpl<List>::forward(Tensor x) {
  return {x, x * 2};
}
using Map = std::map<std::string, Tensor>;
template <>
Map ReturnsImpl<Map>::forward(Tensor x) {
  return {{"a", x}, {"b", x * 2}};
}
using Optional = c10::optional<Tensor>;
template <>
Optional ReturnsImpl<Optional>::forward(Tensor x) {
  return x;
}

struct OverloadedImpl : nn::Module {
  Tensor forward(const Tensor& x) { return x + 1; }
  Tensor forward(const Tensor& x, const Tensor& y) { return x + y; }
  Tensor forward(const Tensor& x, int64_t times) { return x * times; }
};
TORCH_MODULE(Overloaded);

struct TemplateImpl : nn::Module {
  template <class X>
  auto forward(const X& x) {
    return std::make_tuple(x, x);
  }
};
TORCH_MODULE(Template);

struct ConstImpl : nn::Module {
  Tensor forward(const Tensor& x) const { return x * 3; }
};

struct DefaultsImpl : nn::Module {
  Tensor forward(Tensor x, double scale = 2, bool twice = false) {
    return x * scale * (twice ? 2 : 1);
  }
};
TORCH_MODULE(Defaults);

struct NothingImpl : nn::Module {
  void forward(const Tensor& x) { last = x; }
  Tensor last;
};

// A block of two layers, of the usual form.
struct BlockImpl : nn::Cloneable<BlockImpl> {
  explicit BlockImpl(int64_t size_in) : size(size_in) { reset(); }
  void reset() override {
    fc = register_module("fc", Hooked<nn::Linear>(size, size));
    act = register_module("act", Hooked<nn::ReLU>());
  }
  Tensor forward(Tensor x) { return act(fc(x)) + x; }

  int64_t size;
  Hooked<nn::Linear> fc{nullptr};
  Hooked<nn::ReLU> act{nullptr};
};
TORCH_MODULE(Block);

struct NetImpl : nn::Cloneable<NetImpl> {
  NetImpl() { reset(); }
  void reset() override {
    blocks = register_module("blocks", nn::ModuleList());
    blocks->push_back(Hooked<Block>(4));
    blocks->push_back(Hooked<Block>(4));
    act = register_module("act", Hooked<nn::Tanh>());
    head = register_module("head", Hooked<nn::Linear>(4, 2));
  }
  Tensor forward(Tensor x) {
    for (const auto& block : *blocks) {
      x = block->as<Hooked<Block>>()->forward(x);
    }
    return head(act(x));
  }

  nn::ModuleList blocks{nullptr};
  Hooked<nn::Tanh> act{nullptr};
  Hooked<nn::Linear> head{nullptr};
};
TORCH_MODULE(Net);

const std::vector<std::string> kNetOutputs = {
    "act outputs",         "blocks.0 outputs", "blocks.0.act outputs",
    "blocks.0.fc outputs", "blocks.1 outputs", "blocks.1.act outputs",
    "blocks.1.fc outputs", "head outputs"};

class TorchHookedTest : public TorchFixture {
 protected:
  void SetUp() override { make({listen(Rule::layers("*").outputs())}); }

  // The outputs that one call of the model shows.
  template <class Model, class... A>
  std::map<std::string, double> outputs(Model& model, const A&... arguments) {
    attach_to(*model);
    {
      const auto scope = hooks_->step(step_++, Phase::kTrain);
      if constexpr (std::is_same_v<Model, nn::Sequential>) {
        model->forward(arguments...);
      } else {
        model(arguments...);
      }
    }
    binding_.remove();
    return heard_sums();
  }

  int64_t step_ = 0;
  const Tensor ones_ = at::ones({1, 4});
};

// ---- Forms of forward() ----

using Sums = std::map<std::string, double>;

TEST_F(TorchHookedTest, FixedForwardIsSeen) {
  Hooked<nn::Flatten> layer;
  EXPECT_EQ(outputs(layer, ones_), (Sums{{"Flatten outputs", 4}}));
}

TEST_F(TorchHookedTest, DefaultArgumentsMayBeLeftOut) {
  Hooked<Defaults> layer;
  EXPECT_EQ(outputs(layer, ones_), (Sums{{"Defaults outputs", 8}}));
  EXPECT_EQ(outputs(layer, ones_, 3), (Sums{{"Defaults outputs", 12}}));
  EXPECT_EQ(outputs(layer, ones_, 3, true), (Sums{{"Defaults outputs", 24}}));
  EXPECT_TRUE(layer->forward(ones_, {}).equal(ones_ * 0));
  EXPECT_TRUE(layer->forward(ones_, 3, {}).equal(ones_ * 3));
}

TEST_F(TorchHookedTest, OverloadsAndTemplatesAreSeen) {
  Hooked<Overloaded> overloaded;
  EXPECT_EQ(outputs(overloaded, ones_), (Sums{{"Overloaded outputs", 8}}));
  EXPECT_EQ(outputs(overloaded, ones_, ones_),
            (Sums{{"Overloaded outputs", 8}}));
  EXPECT_EQ(outputs(overloaded, ones_, 3), (Sums{{"Overloaded outputs", 12}}));
  Hooked<Template> pair;
  EXPECT_EQ(outputs(pair, ones_),
            (Sums{{"Template/0 outputs", 4}, {"Template/1 outputs", 4}}));
  Hooked<ConstImpl> constant;
  EXPECT_EQ(outputs(constant, ones_), (Sums{{"Const outputs", 12}}));
}

TEST_F(TorchHookedTest, ForwardMayReturnNothing) {
  Hooked<NothingImpl> layer;
  EXPECT_THAT(outputs(layer, ones_), IsEmpty());
  EXPECT_TRUE(layer->last.equal(ones_));
}

// ---- Forms of outputs ----

TEST_F(TorchHookedTest, LstmHasThreeLeaves) {
  Hooked<nn::LSTM> lstm(nn::LSTMOptions(4, 3));
  EXPECT_THAT(outputs(lstm, at::ones({5, 2, 4})),
              UnorderedElementsAre(::testing::Key("LSTM/0 outputs"),
                                   ::testing::Key("LSTM/1/0 outputs"),
                                   ::testing::Key("LSTM/1/1 outputs")));
  const auto state = std::make_tuple(at::ones({1, 2, 3}), at::ones({1, 2, 3}));
  EXPECT_THAT(outputs(lstm, at::ones({5, 2, 4}), state), SizeIs(3));
}

TEST_F(TorchHookedTest, ListsMapsOptionalsAndStructsHaveLeaves) {
  Hooked<ReturnsImpl<List>> list;
  const std::string type =
      "Returns<std::vector<at::Tensor, std::allocator<at::Tensor> > >";
  EXPECT_EQ(outputs(list, ones_),
            (Sums{{type + "/0 outputs", 4}, {type + "/1 outputs", 8}}));
  nn::Sequential model{{"map", Hooked<ReturnsImpl<Map>>()}};
  attach_to(*model);
  {
    const auto scope = hooks_->step(step_++, Phase::kTrain);
    model->forward<Map>(ones_);
  }
  EXPECT_EQ(heard_sums(), (Sums{{"map/a outputs", 4}, {"map/b outputs", 8}}));
  Hooked<ReturnsImpl<Optional>> optional;
  EXPECT_THAT(outputs(optional, ones_), SizeIs(1));
  Hooked<ReturnsImpl<TwoHeads>> heads;
  EXPECT_THAT(outputs(heads, ones_), SizeIs(2));
}

TEST_F(TorchHookedTest, UndefinedOutputsAreNone) {
  Hooked<nn::MultiheadAttention> attention(nn::MultiheadAttentionOptions(4, 2));
  make({listen(Rule::layers("MultiheadAttention").outputs())});
  attach_to(*attention);
  const Tensor x = at::ones({3, 1, 4});
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    attention->forward(x, x, x, {}, /*need_weights=*/false);
  }
  EXPECT_THAT(heard_tags(), ElementsAre("MultiheadAttention/0 outputs"));
  {
    const auto scope = hooks_->step(1, Phase::kTrain);
    attention(x, x, x);
  }
  EXPECT_THAT(heard_tags(), ElementsAre("MultiheadAttention/0 outputs",
                                        "MultiheadAttention/1 outputs"));
}

TEST_F(TorchHookedTest, InputsAreTheTensorsAmongTheArguments) {
  make({listen(Rule::layers("*").inputs())});
  Hooked<Overloaded> layer;
  EXPECT_EQ(outputs(layer, ones_), (Sums{{"Overloaded inputs", 4}}));
  EXPECT_EQ(outputs(layer, ones_, 2), (Sums{{"Overloaded inputs", 4}}));
  EXPECT_EQ(outputs(layer, ones_, ones_ * 2),
            (Sums{{"Overloaded/0 inputs", 4}, {"Overloaded/1 inputs", 8}}));
}

// ---- Containers ----

TEST_F(TorchHookedTest, SequentialTakesHookedLayersByName) {
  nn::Sequential model{{"in", Hooked<nn::Linear>(4, 8)},
                       {"act", nn::ReLU()},
                       {"out", Hooked<nn::Linear>(8, 2)}};
  EXPECT_THAT(outputs(model, ones_),
              UnorderedElementsAre(::testing::Key("in outputs"),
                                   ::testing::Key("out outputs")));
}

TEST_F(TorchHookedTest, SequentialItselfMayBeHooked) {
  Hooked<nn::Sequential> model{{"in", Hooked<nn::Linear>(4, 8)},
                               {"out", nn::Linear(8, 2)}};
  EXPECT_THAT(outputs(model, ones_),
              UnorderedElementsAre(::testing::Key("in outputs"),
                                   ::testing::Key("Sequential outputs")));
  EXPECT_EQ(model->size(), 2u);
  Hooked<nn::Sequential> unnamed(nn::Linear(4, 8), nn::Tanh());
  EXPECT_THAT(outputs(unnamed, ones_), SizeIs(1));
}

TEST_F(TorchHookedTest, LstmInASequentialHasItsDefaultArguments) {
  nn::Sequential model{{"lstm", Hooked<nn::LSTM>(nn::LSTMOptions(4, 3))}};
  attach_to(*model);
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    model->forward<std::tuple<Tensor, std::tuple<Tensor, Tensor>>>(
        at::ones({5, 2, 4}));
  }
  EXPECT_THAT(heard_tags(), SizeIs(3));
}

TEST_F(TorchHookedTest, ListsOfNestedBlocksAreSeen) {
  Net net;
  attach_to(*net);
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    net(ones_);
  }
  EXPECT_EQ(heard_tags(), kNetOutputs);
}

// ---- It still is the module ----

TEST_F(TorchHookedTest, IsTheModuleThatItHolds) {
  Hooked<nn::Linear> layer(nn::LinearOptions(4, 2).bias(false));
  const nn::Linear linear = layer;
  EXPECT_EQ(linear.get(), layer.get());
  EXPECT_EQ(layer->weight.sizes(), (std::vector<int64_t>{2, 4}));
  EXPECT_EQ(layer->options.in_features(), 4);
  EXPECT_NE(layer.get()->as<nn::Linear>(), nullptr);
  attach_to(*layer);
  EXPECT_EQ(layer->named_parameters().keys(),
            std::vector<std::string>{"weight"});
  EXPECT_EQ(layer->parameters().size(), 1u);
  EXPECT_THAT(layer->children(), IsEmpty());
  std::ostringstream printed;
  printed << *layer;
  EXPECT_THAT(printed.str(), HasSubstr("torch::nn::Linear(in_features=4"));
}

// LibTorch's library lacks what a class derived of a norm needs.
TEST_F(TorchHookedTest, NormsPrintAsTheyDoInLibTorch) {
  const auto printed = [](const nn::Module& module) {
    std::ostringstream text;
    text << module;
    return text.str();
  };
  const auto options = nn::BatchNormOptions(4).momentum(c10::nullopt);
  EXPECT_EQ(printed(*Hooked<nn::BatchNorm2d>(options)),
            printed(*nn::BatchNorm2d(options)));
  EXPECT_EQ(printed(*Hooked<nn::BatchNorm1d>(3)), printed(*nn::BatchNorm1d(3)));
  EXPECT_EQ(printed(*Hooked<nn::InstanceNorm3d>(2)),
            printed(*nn::InstanceNorm3d(2)));
}

TEST_F(TorchHookedTest, FilesFitHookedAndStockModels) {
  nn::Sequential stock{{"fc", nn::Linear(4, 8)}, {"bn", nn::BatchNorm1d(8)}};
  nn::Sequential hooked{{"fc", Hooked<nn::Linear>(4, 8)},
                        {"bn", Hooked<nn::BatchNorm1d>(8)}};
  attach_to(*hooked);
  std::stringstream file;
  torch::save(hooked, file);
  torch::load(stock, file);
  EXPECT_TRUE(same_bits(state_of(*stock), state_of(*hooked)));
  stock->parameters()[0].detach().fill_(7);
  std::stringstream back;
  torch::save(stock, back);
  torch::load(hooked, back);
  EXPECT_TRUE(same_bits(state_of(*stock), state_of(*hooked)));
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    hooked->forward(at::ones({2, 4}));
  }
  EXPECT_THAT(heard_tags(), SizeIs(2));
}

TEST_F(TorchHookedTest, OtherTypesAreSeenAfterTo) {
  Hooked<nn::Linear> layer(4, 4);
  attach_to(*layer);
  layer->to(at::kDouble);
  const auto scope = hooks_->step(0, Phase::kTrain);
  EXPECT_EQ(layer(ones_.to(at::kDouble)).scalar_type(), at::kDouble);
  EXPECT_THAT(heard_tags(), SizeIs(1));
}

// ---- Clones ----

TEST_F(TorchHookedTest, ClonesAreWholeBeforeAttach) {
  Net net;
  const auto copy = std::dynamic_pointer_cast<NetImpl>(net->clone());
  ASSERT_NE(copy, nullptr);
  EXPECT_TRUE(same_bits(state_of(*copy), state_of(*net)));
  EXPECT_TRUE(copy->forward(ones_).equal(net(ones_)));
  attach_to(*copy);
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    net(ones_);
    EXPECT_THAT(heard_tags(), IsEmpty());
    copy->forward(ones_);
  }
  EXPECT_EQ(heard_tags(), kNetOutputs);
}

TEST_F(TorchHookedTest, ClonesReportToTheSameLayers) {
  Net net;
  attach_to(*net);
  auto copy = std::dynamic_pointer_cast<NetImpl>(net->clone());
  ASSERT_NE(copy, nullptr);
  EXPECT_NE(copy->head->weight.data_ptr(), net->head->weight.data_ptr());
  EXPECT_TRUE(same_bits(state_of(*copy), state_of(*net)));
  const auto second = std::dynamic_pointer_cast<NetImpl>(copy->clone());
  net = nullptr;  // what it was cloned from may go
  copy = nullptr;
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    second->forward(ones_);
  }
  EXPECT_EQ(heard_tags(), kNetOutputs);
  binding_.remove();
  const auto scope = hooks_->step(1, Phase::kTrain);
  second->forward(ones_);
  EXPECT_THAT(heard_tags(), IsEmpty());
}

TEST_F(TorchHookedTest, CloneOfASequentialKeepsItsHooks) {
  nn::Sequential model{{"in", Hooked<nn::Linear>(4, 8)},
                       {"act", Hooked<nn::ReLU>()}};
  attach_to(*model);
  const auto copy =
      std::dynamic_pointer_cast<nn::SequentialImpl>(model->clone());
  const auto scope = hooks_->step(0, Phase::kTrain);
  EXPECT_TRUE(copy->forward(ones_).equal(model->forward(ones_)));
  EXPECT_THAT(heard_tags(), ElementsAre("act outputs", "act:1 outputs",
                                        "in outputs", "in:1 outputs"));
}

TEST_F(TorchHookedTest, CloneMayHaveHooksOfItsOwnOrNone) {
  Net net;
  attach_to(*net);
  const auto target = std::dynamic_pointer_cast<NetImpl>(net->clone());
  absl::StatusOr<Binding> second = absl::CancelledError();
  {
    const auto prefix = hooks_->scope("target");
    second = attach(*hooks_, *target);
  }
  ASSERT_TRUE(second.ok()) << second.status();
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    target->forward(ones_);
    for (const std::string& tag : heard_tags()) {
      EXPECT_EQ(tag.rfind("target/", 0), 0u) << tag;
    }
    net(ones_);
    EXPECT_EQ(heard_tags(), kNetOutputs);
  }
  unhook(*target);
  const auto scope = hooks_->step(1, Phase::kTrain);
  target->forward(ones_);
  EXPECT_THAT(heard_tags(), IsEmpty());
}

// As torch::nn::parallel::data_parallel does, whose header needs CUDA: a clone
// for each device, each called on a thread of its own.
TEST_F(TorchHookedTest, ReplicasOfDataParallelTrainingAreCallsOfOneLayer) {
  Net net;
  make({listen(Rule::layers("head, blocks.0.act").outputs().gradients())});
  attach_to(*net);
  std::vector<std::shared_ptr<NetImpl>> replicas;
  for (int i = 0; i < 2; ++i) {
    replicas.push_back(
        std::dynamic_pointer_cast<NetImpl>(net->clone(at::Device(at::kCPU))));
  }
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    List results(2);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < 2; ++i) {
      threads.emplace_back(
          [&, i] { results[i] = replicas[i]->forward(ones_); });
    }
    for (std::thread& thread : threads) thread.join();
    at::cat(results).sum().backward();
  }
  EXPECT_THAT(heard_tags(),
              ElementsAre("blocks.0.act gradients", "blocks.0.act outputs",
                          "blocks.0.act:1 gradients", "blocks.0.act:1 outputs",
                          "head gradients", "head outputs", "head:1 gradients",
                          "head:1 outputs"));
}

TEST_F(TorchHookedTest, ThreadsCallAModelAtOnce) {
  Net net;
  attach_to(*net);
  const auto copy = std::dynamic_pointer_cast<NetImpl>(net->clone());
  {
    const auto scope = hooks_->step(0, Phase::kInference);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const torch::NoGradGuard no_grad;
        for (int k = 0; k < 20; ++k) (i % 2 ? net.ptr() : copy)->forward(ones_);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_THAT(take(), SizeIs(4 * 20 * kNetOutputs.size()));
}

}  // namespace
}  // namespace tblog::testing
