// SPDX-License-Identifier: Apache-2.0

#include "tblog/torchscript.h"

#include <torch/csrc/jit/passes/tensorexpr_fuser.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/csrc/jit/tensorexpr/kernel.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/torch/torch_fixture.h"

// LibTorch 1.13 has these and no header of them.
namespace torch::jit {
TORCH_API bool canFuseOnCPU();
TORCH_API void overrideCanFuseOnCPU(bool value);
}  // namespace torch::jit

namespace tblog::testing {
namespace {

using at::Tensor;
using ::testing::Contains;
using ::testing::Each;
using HookedScript = Hooked<torch::jit::Module>;

const std::string kModels = TORCH_TEST_MODELS;

// ---- Small modules, made here ----

torch::jit::Module scaled(double by) {
  torch::jit::Module module("Scale");
  module.register_parameter("by", at::full({1}, by).requires_grad_(), false);
  module.define("def forward(self, x):\n  return x * self.by\n");
  return module;
}

// Returns 3 x, then 30 x, by two layers of its own.
torch::jit::Module chain() {
  torch::jit::Module module("Chain");
  module.register_module("first", scaled(3));
  module.register_module("second", scaled(10));
  module.define(
      "def forward(self, x):\n"
      "  return self.second.forward(self.first.forward(x))\n");
  return module;
}

class TorchScriptTest : public TorchFixture {
 protected:
  static torch::jit::Module load(const std::string& name) {
    torch::jit::Module module = torch::jit::load(kModels + "/" + name);
    module.eval();
    return module;
  }

  // One step, in which the model is run on `inputs`.
  c10::IValue run(HookedScript& model, std::vector<c10::IValue> inputs,
                  int64_t step = 0) {
    const auto scope = hooks_->step(step, Phase::kInference);
    return model.forward(std::move(inputs));
  }

  const Tensor x_ = at::arange(8, at::kFloat).view({2, 4}) + 1;
};

// ---- Which layers there are ----

TEST_F(TorchScriptTest, TracedLayersHaveTheirNamesAndEachCallIsTold) {
  HookedScript model = load("traced.pt");
  make({listen(Rule::layers("*").outputs())});
  attach_to(model);
  run(model, {x_});
  EXPECT_THAT(
      heard_tags(),
      ElementsAre("Traced outputs", "block outputs", "block.act outputs",
                  "block.act:1 outputs", "block.fc outputs",
                  "block.fc:1 outputs", "block:1 outputs", "drop outputs",
                  "inp outputs", "inp:1 outputs", "norm outputs", "out outputs",
                  "rnn outputs"));
  // Of its second name tracing has made a module that nobody calls.
  EXPECT_THAT(binding_.unseen(), ElementsAre("again"));
}

TEST_F(TorchScriptTest, ScriptedLayersInBranchesLoopsAndTasksAreSeen) {
  HookedScript model = load("scripted.pt");
  make({listen(Rule::layers("#0..#-1").outputs())});
  attach_to(model);
  run(model, {x_, 3});
  EXPECT_THAT(
      heard_tags(),
      ElementsAre("boxed/a outputs", "boxed/b outputs", "either outputs",
                  "head/best outputs", "head/others/0 outputs",
                  "head/others/1 outputs", "left outputs", "maybe/0 outputs",
                  "maybe/1/double outputs", "maybe/2 outputs",
                  "steps.0 outputs", "steps.0:1 outputs", "steps.0:2 outputs",
                  "steps.1 outputs", "steps.1:1 outputs", "steps.1:2 outputs",
                  "task outputs"));
  run(model, {-x_, 1}, 1);
  EXPECT_THAT(
      heard_tags(),
      ElementsAre("boxed/a outputs", "boxed/b outputs", "either outputs",
                  "head/best outputs", "head/others/0 outputs",
                  "head/others/1 outputs", "maybe/1/double outputs",
                  "maybe/2 outputs", "right outputs", "steps.0 outputs",
                  "steps.1 outputs", "task outputs"));
  EXPECT_THAT(binding_.unseen(), ElementsAre("steps", "idle"));
  EXPECT_THAT(hooks_->reports(), IsEmpty());
}

TEST_F(TorchScriptTest, LayersAreChosenByGlobIndexAndType) {
  HookedScript model = load("traced.pt");
  make({listen(Rule::layers("#0, #-1").outputs()),
        listen(Rule::layers("bl*.fc").outputs()),
        listen(Rule::type("LSTM").outputs())});
  attach_to(model);
  run(model, {x_});
  EXPECT_THAT(
      heard_tags(),
      ElementsAre("block.fc outputs", "block.fc:1 outputs", "inp outputs",
                  "inp:1 outputs", "out outputs", "rnn outputs"));
}

TEST_F(TorchScriptTest, UnknownLayerIsAnErrorWithTheNearestNames) {
  HookedScript model = load("traced.pt");
  make({Rule::layers("block.fd").outputs().stats()});
  const absl::StatusOr<Binding> binding = attach(*hooks_, model);
  EXPECT_EQ(binding.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(binding.status().message()), HasSubstr("block.fc"));
}

TEST_F(TorchScriptTest, ModuleThatIsRegisteredTwiceHasItsFirstName) {
  torch::jit::Module tied("Tied");
  const torch::jit::Module layer = scaled(2);
  tied.register_module("a", layer);
  tied.register_module("b", layer);
  tied.define(
      "def forward(self, x):\n  return self.a.forward(self.b.forward(x))\n");
  HookedScript model = tied;
  make({listen(Rule::layers("a").outputs())});
  attach_to(model);
  EXPECT_EQ(binding_.size(), 2u);
  run(model, {x_});
  EXPECT_THAT(heard_tags(), ElementsAre("a outputs", "a:1 outputs"));
}

TEST_F(TorchScriptTest, FrozenModelSaysThatItsLayersHaveLostTheirNames) {
  HookedScript model = torch::jit::freeze(load("traced.pt"));
  make({listen(Rule::layers("Traced").outputs())});
  attach_to(model);
  EXPECT_THAT(binding_.unseen(), ElementsAre("(layers of a frozen model)"));
  run(model, {x_});
  EXPECT_THAT(heard_tags(), ElementsAre("Traced outputs"));
  EXPECT_THAT(hooks_->reports(), IsEmpty());

  make({Rule::layers("inp").outputs().stats()});
  const absl::StatusOr<Binding> unknown = attach(*hooks_, model);
  EXPECT_THAT(std::string(unknown.status().message()),
              HasSubstr("(layers of a frozen model)"));
}

TEST_F(TorchScriptTest, ModelThatIsNotHookedShowsItsWeightsAlone) {
  torch::jit::Module model = chain();
  make({listen(Rule::layers("*").outputs().weights())});
  const absl::StatusOr<Binding> binding = attach(*hooks_, model);
  ASSERT_TRUE(binding.ok()) << binding.status();
  EXPECT_THAT(binding->unseen(), ElementsAre("Chain", "first", "second"));
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    model.forward({x_});
  }
  EXPECT_THAT(heard_tags(),
              ElementsAre("first/by weights", "second/by weights"));
}

// ---- What is seen ----

TEST_F(TorchScriptTest, ValuesAreThoseThatTheLayersTakeAndReturn) {
  HookedScript model = chain();
  make({listen(Rule::layers("*").inputs().outputs())});
  attach_to(model);
  run(model, {at::ones({2})});
  EXPECT_EQ(heard_sums(),
            (std::map<std::string, double>{{"Chain inputs", 2},
                                           {"Chain outputs", 60},
                                           {"first inputs", 2},
                                           {"first outputs", 6},
                                           {"second inputs", 6},
                                           {"second outputs", 60}}));
}

TEST_F(TorchScriptTest, ValueIsSeenBeforeItIsOverwritten) {
  torch::jit::Module module = chain();
  torch::jit::Module outer("Outer");
  outer.register_module("inner", module);
  outer.define(
      "def forward(self, x):\n  return self.inner.forward(x).zero_()\n");
  HookedScript model = outer;
  make({listen(Rule::layers("inner*").outputs())});
  attach_to(model);
  run(model, {at::ones({2})});
  const auto sums = heard_sums();
  EXPECT_EQ(sums.at("inner outputs"), 60);
  EXPECT_EQ(sums.at("inner.second outputs"), 60);
}

TEST_F(TorchScriptTest, SeveralInputsAreNamedByTheirPositions) {
  torch::jit::Module add("Add");
  add.define(
      "def forward(self, x, size: int, y: List[Tensor]):\n"
      "  return x * size + y[0]\n");
  HookedScript model = add;
  make({listen(Rule::layers("Add").inputs())});
  attach_to(model);
  run(model, {x_, 2, c10::List<Tensor>({x_, x_})});
  EXPECT_THAT(heard_tags(),
              ElementsAre("Add/0 inputs", "Add/2/0 inputs", "Add/2/1 inputs"));
}

TEST_F(TorchScriptTest, OtherMethodsShowTheLayersThatTheyCall) {
  HookedScript model = load("scripted.pt");
  make({listen(Rule::layers("head").outputs())});
  attach_to(model);
  {
    const auto scope = hooks_->step(0, Phase::kInference);
    model.run_method("finish", x_);
    EXPECT_EQ(model.run_method("count").toInt(), 0);
  }
  EXPECT_THAT(heard_tags(), SizeIs(3));
}

TEST_F(TorchScriptTest, ValuesAreLayersTimesDueSteps) {
  HookedScript model = load("traced.pt");
  make({Rule::layers("#0..#-1").outputs().stats(Stat::kMean).every(5)});
  attach_to(model);
  for (int64_t step = 0; step < 100; ++step) run(model, {x_}, step);
  std::map<std::string, Steps> logged = tags();
  EXPECT_THAT(logged, SizeIs(7));  // but for "again", which nobody calls
  for (const auto& [tag, steps] : logged) EXPECT_THAT(steps, SizeIs(20)) << tag;
  EXPECT_EQ(hooks_->stats().refused, 0u);
}

TEST_F(TorchScriptTest, SparseOutputsAreRefusedWithOneReport) {
  torch::jit::Module module("Sparse");
  module.define("def forward(self, x):\n  return x.to_sparse()\n");
  HookedScript model = module;
  make({Rule::layers("*").outputs().stats()});
  attach_to(model);
  run(model, {x_});
  run(model, {x_}, 1);
  EXPECT_THAT(hooks_->reports(), ElementsAre(HasSubstr("sparse")));
}

TEST_F(TorchScriptTest, ModeThatContradictsThePhaseIsToldOnce) {
  HookedScript model = load("traced.pt");
  model.train();
  make({listen(Rule::layers("#0, #1").outputs())});
  attach_to(model);
  for (int64_t step = 0; step < 2; ++step) run(model, {x_}, step);
  EXPECT_THAT(hooks_->reports(),
              ElementsAre(HasSubstr("is in training mode in a step of phase")));
}

TEST_F(TorchScriptTest, EachCallIsTimed) {
  HookedScript model = chain();
  make({Rule::layers("*").times()});
  attach_to(model);
  run(model, {x_});
  EXPECT_THAT(hooks_->never_fired(), IsEmpty());
  writer_->close().IgnoreError();
  size_t runs = 0;
  for (const auto& event : events("/memory/runs/a")) {
    runs += event.has_tagged_run_metadata() ? 1 : 0;
  }
  EXPECT_EQ(runs, 1u);
}

// ---- Nothing of the model changes ----

// Trains a model for 20 steps, hooked or not; its losses, then its state.
std::vector<Tensor> train(torch::jit::Module plain, LayerHooks* hooks) {
  HookedScript model = plain;
  absl::StatusOr<Binding> binding;
  if (hooks != nullptr) binding = attach(*hooks, model);
  model.train();
  torch::manual_seed(7);
  std::vector<Tensor> seen;
  for (int64_t step = 0; step < 20; ++step) {
    std::optional<StepScope> scope;
    if (hooks != nullptr) scope.emplace(hooks->step(step, Phase::kTrain));
    const Tensor x = at::randn({6, 4});
    const Tensor loss = model.forward({x}).toTensor().pow(2).sum();
    loss.backward();
    if (scope) scope->end_backward();
    const at::NoGradGuard no_grad;
    for (Tensor parameter : model.parameters()) {
      if (!parameter.grad().defined()) continue;
      parameter -= 0.01 * parameter.grad();
      parameter.mutable_grad().reset();
    }
    seen.push_back(loss.detach());
  }
  for (const Tensor& tensor : model.parameters()) {
    seen.push_back(tensor.detach());
  }
  for (const Tensor& tensor : model.buffers()) seen.push_back(tensor);
  return seen;
}

TEST_F(TorchScriptTest, TrainingIsTheSameToTheBit) {
  for (const int64_t every : {int64_t{1}, int64_t{3}}) {
    make({Rule::layers("*")
              .inputs()
              .outputs()
              .gradients()
              .weights()
              .histogram()
              .every(every)});
    const std::vector<Tensor> plain = train(load("traced.pt"), nullptr);
    const std::vector<Tensor> hooked = train(load("traced.pt"), &*hooks_);
    EXPECT_TRUE(same_bits(plain, hooked)) << every;
    EXPECT_GT(hooks_->stats().logged, 0u);
  }
}

TEST_F(TorchScriptTest, InferenceIsTheSameToTheBit) {
  torch::jit::Module plain = load("scripted.pt");
  HookedScript model = load("scripted.pt");
  make({Rule::layers("*").outputs().histogram().every(2)});
  attach_to(model);
  for (int64_t step = 0; step < 10; ++step) {
    const Tensor x = at::randn({3, 4});
    const Tensor got = run(model, {x, step % 4}, step).toTensor();
    EXPECT_TRUE(got.equal(plain.forward({x, step % 4}).toTensor())) << step;
  }
  // What it writes into its own attributes it has written there.
  EXPECT_EQ(model.attr("seen").toInt(), 30);
}

// While it lives, LibTorch fuses also on the CPU; without LLVM it runs what is
// fused by an interpreter of its own.
class CpuFuser {
 public:
  CpuFuser() {
    torch::jit::setTensorExprFuserEnabled(true);
    torch::jit::overrideCanFuseOnCPU(true);
    torch::jit::tensorexpr::getTEMustUseLLVMOnCPU() = false;
  }
  ~CpuFuser() {
    torch::jit::setTensorExprFuserEnabled(enabled_);
    torch::jit::overrideCanFuseOnCPU(could_);
    torch::jit::tensorexpr::getTEMustUseLLVMOnCPU() = must_;
  }

 private:
  const bool enabled_ = torch::jit::tensorExprFuserEnabled();
  const bool could_ = torch::jit::canFuseOnCPU();
  const bool must_ = torch::jit::tensorexpr::getTEMustUseLLVMOnCPU();
};

// The number of floats between the two, at most.
int64_t ulps_between(const Tensor& a, const Tensor& b) {
  const auto place = [](float value) {
    const auto bits = std::bit_cast<int32_t>(value);
    return bits < 0 ? int64_t{INT32_MIN} - bits : int64_t{bits};
  };
  int64_t most = 0;
  for (int64_t i = 0; i < a.numel(); ++i) {
    most = std::max(most, std::abs(place(a.view(-1)[i].item<float>()) -
                                   place(b.view(-1)[i].item<float>())));
  }
  return most;
}

torch::jit::Module weighted(const std::string& expression) {
  torch::jit::Module module("Weighted");
  module.register_parameter("w", at::rand({16}) + 0.5, false);
  module.define("def forward(self, x):\n  return " + expression + "\n");
  return module;
}

// The fuser takes in the hooked copy what lies between two layers, and not the
// model as one. Its own rounding differs from LibTorch's by as much.
TEST_F(TorchScriptTest, FusedCopyIsTheFusedModelToFourUlp) {
  const CpuFuser fuser;
  const auto make_model = [] {
    torch::manual_seed(3);
    torch::jit::Module model("Fusible");
    model.register_module("a", weighted("torch.tanh(x * self.w + 1)"));
    model.register_module("b", weighted("torch.sigmoid(x * 3 + self.w) * x"));
    model.register_module("c", weighted("torch.exp(x) / (self.w + x * x)"));
    model.register_module("d", weighted("torch.erf(x) - torch.log(x * x + 1)"));
    model.define(
        "def forward(self, x):\n"
        "  return self.d.forward(self.c.forward(self.b.forward("
        "self.a.forward(x))))\n");
    model.eval();
    return model;
  };
  const auto fused = [] {
    return torch::jit::lastExecutedOptimizedGraph()->toString().find(
               "TensorExprGroup") != std::string::npos;
  };
  torch::jit::Module plain = make_model();
  HookedScript model = make_model();
  make({Rule::layers("*").outputs().stats()});
  attach_to(model);
  const at::NoGradGuard no_grad;
  const Tensor x = at::randn({8, 16});
  int64_t own = 0;  // of LibTorch, from what is not fused
  int64_t most = 0;
  Tensor first;
  for (int64_t step = 0; step < 5; ++step) {
    const Tensor expected = plain.forward({x}).toTensor();
    const bool plain_fused = fused();
    const Tensor got = run(model, {x}, step).toTensor();
    // Each is optimised in its second run.
    EXPECT_EQ(plain_fused, step > 0);
    EXPECT_EQ(fused(), step > 0);
    if (step == 0) first = expected;
    own = std::max(own, ulps_between(first, expected));
    most = std::max(most, ulps_between(expected, got));
  }
  RecordProperty("ulps_of_the_copy", std::to_string(most));
  RecordProperty("ulps_of_the_fuser", std::to_string(own));
  EXPECT_LE(most, 4);
  EXPECT_GT(hooks_->stats().logged, 0u);
}

TEST_F(TorchScriptTest, SavedFileKnowsNothingOfHooks) {
  HookedScript model = chain();
  const auto saved = [&] {
    std::stringstream file;
    model.save(file);
    return torch::jit::load(file).get_method("forward").graph()->toString(
        /*print_source_locations=*/false);
  };
  const std::string before = saved();
  make({listen(Rule::layers("*").outputs())});
  attach_to(model);
  run(model, {x_});
  EXPECT_THAT(take(), SizeIs(3));
  EXPECT_EQ(saved(), before);
  EXPECT_THAT(before, HasSubstr("CallMethod"));
}

TEST_F(TorchScriptTest, ExceptionsOfTheModelAreTheUsers) {
  HookedScript model = chain();
  make({listen(Rule::layers("*").outputs())});
  attach_to(model);
  const auto scope = hooks_->step(0, Phase::kInference);
  EXPECT_THROW(model.forward({}), std::exception);
  EXPECT_THROW(model.forward({x_, x_}), std::exception);
  EXPECT_THROW(model.run_method("missing"), std::exception);
  EXPECT_EQ(model.forward({at::ones({1})}).toTensor().item<double>(), 30);
}

TEST_F(TorchScriptTest, ArgumentsHaveTheirDefaultsAndNames) {
  HookedScript model = load("scripted.pt");
  torch::jit::Module plain = load("scripted.pt");
  make({listen(Rule::layers("steps.0").outputs())});
  attach_to(model);
  const Tensor by_default = run(model, {x_}).toTensor();
  EXPECT_THAT(heard_tags(), SizeIs(2));
  EXPECT_TRUE(by_default.equal(plain.forward({x_}).toTensor()));
  {
    const auto scope = hooks_->step(1, Phase::kInference);
    model.forward({x_}, {{"rounds", 1}});
  }
  EXPECT_THAT(heard_tags(), SizeIs(1));
}

// ---- Gradients and weights ----

TEST_F(TorchScriptTest, GradientsAndWeightsAreThoseOfAutograd) {
  HookedScript model = chain();
  make({listen(
      Rule::layers("first, second").gradients().weights().weight_gradients())});
  attach_to(model);
  {
    auto scope = hooks_->step(0, Phase::kTrain);
    model.forward({at::ones({2})}).toTensor().sum().backward();
    scope.end_backward();
  }
  EXPECT_EQ(heard_sums(),
            (std::map<std::string, double>{{"first gradients", 20},
                                           {"second gradients", 2},
                                           {"first/by weights", 3},
                                           {"second/by weights", 10},
                                           {"first/by weight_gradients", 20},
                                           {"second/by weight_gradients", 6}}));
}

// ---- Attaching and detaching ----

TEST_F(TorchScriptTest, CopiesOfTheHandleAreTheSameModel) {
  HookedScript model = chain();
  HookedScript copy = model;
  make({listen(Rule::layers("first").outputs())});
  attach_to(model);
  run(copy, {x_});
  EXPECT_THAT(heard_tags(), ElementsAre("first outputs"));
}

TEST_F(TorchScriptTest, RemovedInsideAHookItIsSilentFromThenOn) {
  HookedScript model = chain();
  int calls = 0;
  make({Rule::layers("first").outputs().call([&](const LayerEvent&) {
    ++calls;
    binding_.remove();
  })});
  attach_to(model);
  for (int64_t step = 0; step < 3; ++step) {
    EXPECT_EQ(run(model, {at::ones({1})}, step).toTensor().item<double>(), 30);
  }
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(model.tblog_script().due());
}

TEST_F(TorchScriptTest, ItsOwnMethodRunsWhereNothingIsDue) {
  HookedScript model = chain();
  make({listen(Rule::layers("*").outputs().every(10))});
  attach_to(model);
  EXPECT_FALSE(model.tblog_script().due());
  const auto scope = hooks_->step(0, Phase::kTrain);
  EXPECT_TRUE(model.tblog_script().due());
  const auto inner = hooks_->step(1, Phase::kEval);
}

TEST_F(TorchScriptTest, FifthHooksOfAModelAreRefused) {
  HookedScript model = chain();
  std::vector<LayerHooks> hooks(5);
  std::vector<Binding> bindings;
  for (size_t i = 0; i < 4; ++i) {
    auto binding = attach(hooks[i], model);
    ASSERT_TRUE(binding.ok()) << binding.status();
    bindings.push_back(*std::move(binding));
  }
  EXPECT_EQ(attach(hooks[4], model).status().code(),
            absl::StatusCode::kResourceExhausted);
  bindings.pop_back();
  EXPECT_TRUE(attach(hooks[4], model).ok());
}

TEST_F(TorchScriptTest, ModelMayGoBeforeItsBinding) {
  make({listen(Rule::layers("*").outputs().weights())});
  {
    HookedScript model = chain();
    attach_to(model);
    run(model, {x_});
  }
  take();
  { const auto scope = hooks_->step(1, Phase::kTrain); }
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(TorchScriptTest, ThreadsMayRunItTogether) {
  HookedScript model = load("scripted.pt");
  make({listen(Rule::layers("steps.0").outputs())});
  attach_to(model);
  {
    const auto scope = hooks_->step(0, Phase::kInference);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        const at::NoGradGuard no_grad;
        for (int k = 0; k < 5; ++k) model.forward({x_, 2});
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_THAT(take(), SizeIs(4 * 5 * 2));
}

// ---- Part of a model ----

TEST_F(TorchScriptTest, ForwardUntilStopsBehindTheLastOfTheLayers) {
  HookedScript model = load("scripted.pt");
  const auto outputs = forward_until(model, {x_, 3}, {"steps.1", "#0"});
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  ASSERT_EQ(outputs->size(), 2u);
  const Tensor left = (*outputs)["left"].toTensor();
  EXPECT_EQ(left.sizes(), (std::vector<int64_t>{2, 4}));
  EXPECT_EQ(outputs->at(1)->toTensor().sizes(), left.sizes());
  EXPECT_EQ(model.attr("seen").toInt(), 0);  // stands behind
}

TEST_F(TorchScriptTest, ForwardUntilGivesWhatTheLayerReturns) {
  const auto outputs = forward_until(chain(), {at::ones({2})}, {"first"});
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  EXPECT_TRUE((*outputs)["first"].toTensor().equal(at::full({2}, 3)));
}

TEST_F(TorchScriptTest, ForwardUntilGivesErrorsAndThrowsNothing) {
  HookedScript model = load("scripted.pt");
  const auto code = [&](const std::vector<std::string>& wanted) {
    return forward_until(model, {x_}, wanted).status().code();
  };
  EXPECT_EQ(code({"nobody"}), absl::StatusCode::kNotFound);
  EXPECT_EQ(code({"#99"}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({"right"}), absl::StatusCode::kNotFound);  // the other branch
  EXPECT_EQ(forward_until(model, {}, {"left"}).status().code(),
            absl::StatusCode::kInternal);
}

// A task that the run has left behind may outlive the model.
TEST_F(TorchScriptTest, TasksMayOutliveTheModel) {
  for (int i = 0; i < 20; ++i) {
    HookedScript model = load("scripted.pt");
    EXPECT_TRUE(forward_until(model, {x_}, {"left"}).ok());
  }
}

}  // namespace
}  // namespace tblog::testing
