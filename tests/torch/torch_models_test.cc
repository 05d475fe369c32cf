// SPDX-License-Identifier: Apache-2.0
//
// Models of the usual shapes over 1,000 steps: nothing is missing, nothing is
// twice, and nothing of the training changes.

#include <torch/nn.h>
#include <torch/optim.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tblog/torch.h"
#include "tests/torch/models.h"
#include "tests/torch/torch_fixture.h"

namespace tblog::testing {
namespace {

using at::Tensor;

constexpr int64_t kSteps = 1000;

// A model and what it is trained on.
template <class Impl>
struct Task {
  std::function<std::shared_ptr<Impl>()> make;
  std::function<Tensor()> input;
};

template <template <class> class L>
Task<ResNet18Impl<L>> resnet() {
  return {[] { return std::make_shared<ResNet18Impl<L>>(); },
          [] {
            return at::rand({2, 3, 8, 8});
          }};
}
template <template <class> class L>
Task<TransformerImpl<L>> transformer() {
  return {[] { return std::make_shared<TransformerImpl<L>>(12, 8); },
          [] {
            return at::randint(12, {2, 6});
          }};
}
template <template <class> class L>
Task<SequenceImpl<L>> sequence() {
  return {[] { return std::make_shared<SequenceImpl<L>>(); },
          [] {
            return at::randint(12, {2, 6});
          }};
}

// What a training leaves behind: the losses, and at the end the state.
struct Trace {
  std::vector<Tensor> losses;
  std::vector<Tensor> state;
};

// kSteps steps, each tenth one in evaluation. `hooks` may be null.
template <class Impl>
Trace train(const Task<Impl>& task, const std::shared_ptr<Impl>& model,
            LayerHooks* hooks, int64_t steps = kSteps) {
  torch::manual_seed(1);
  torch::optim::Adam optimizer(model->parameters(), 1e-3);
  Trace trace;
  for (int64_t step = 0; step < steps; ++step) {
    const bool training = step % 10 != 9;
    model->train(training);
    const torch::AutoGradMode mode(training);
    std::optional<StepScope> scope;
    if (hooks != nullptr) {
      scope.emplace(hooks->step(step, training ? Phase::kTrain : Phase::kEval));
    }
    optimizer.zero_grad();
    const Tensor loss = model->forward(task.input()).pow(2).mean();
    trace.losses.push_back(loss.detach());
    if (!training) continue;
    loss.backward();
    if (scope) scope->end_backward();
    optimizer.step();
  }
  trace.state = state_of(*model);
  return trace;
}

class TorchModelsTest : public TorchFixture {
 protected:
  // Values logged, by what the last part of the tag says.
  std::map<std::string, int64_t> logged() {
    std::map<std::string, int64_t> counts;
    for (const auto& [tag, steps] : tags()) {
      for (const char* kind :
           {"/outputs/", "/gradients/", "/weights/", "/weight_gradients/"}) {
        if (tag.find(kind) == std::string::npos) continue;
        counts[std::string(kind)] += static_cast<int64_t>(steps.size());
        EXPECT_TRUE(std::is_sorted(steps.begin(), steps.end())) << tag;
      }
    }
    return counts;
  }

  void make_rules() {
    make({Rule::layers("*").outputs().stats(Stat::kMean).every(3),
          Rule::layers("*").gradients().stats(Stat::kL2).every(4),
          Rule::layers("*").weights().stats(Stat::kStd).every(5),
          Rule::layers("*").weight_gradients().stats(Stat::kL2).every(5).in(
              Phase::kTrain)});
  }

  // Layers × leaves × due steps, exactly; and the same bits as without hooks.
  template <class Impl, class... How>
  void prove(const Task<Impl>& task, int64_t leaves, const Trace& plain,
             How... how) {
    make_rules();
    torch::manual_seed(0);
    const std::shared_ptr<Impl> model = task.make();
    absl::StatusOr<Binding> binding = attach(*hooks_, *model, how...);
    ASSERT_TRUE(binding.ok()) << binding.status();
    const Trace trace = train(task, model, &*hooks_);
    EXPECT_TRUE(same_bits(trace.losses, plain.losses));
    EXPECT_TRUE(same_bits(trace.state, plain.state));
    EXPECT_EQ(hooks_->status(), absl::OkStatus());
    EXPECT_THAT(hooks_->never_fired(), IsEmpty());
    const std::map<std::string, int64_t> expected = {
        {"/outputs/", leaves * 334},  // 0, 3, …, 999
        // 0, 4, …, 996: all in training
        {"/gradients/", (leaves - Impl::kUnused) * 250},
        {"/weights/", Impl::kParameters * 200},
        {"/weight_gradients/", Impl::kParameters * 200}};
    std::map<std::string, int64_t> counts = logged();
    EXPECT_EQ(counts, expected);
  }

  // Trained once for all tests of its kind.
  template <class Impl>
  const Trace& without_hooks(const Task<Impl>& task) {
    static const Trace trace = [&] {
      torch::manual_seed(0);
      return train(task, task.make(), nullptr);
    }();
    return trace;
  }
};

TEST_F(TorchModelsTest, ResNet18LosesNothingAndChangesNothing) {
  const Trace& plain = without_hooks(resnet<Stock>());
  prove(resnet<Hooked>(), ResNet18Impl<Hooked>::kLayers, plain);
}

TEST_F(TorchModelsTest, UntouchedResNet18LosesNothingAndChangesNothing) {
  const Trace& plain = without_hooks(resnet<Stock>());
  prove(resnet<Stock>(), ResNet18Impl<Stock>::kSeenUntouched, plain,
        Untouched{});
}

TEST_F(TorchModelsTest, TransformerLosesNothingAndChangesNothing) {
  const Trace& plain = without_hooks(transformer<Stock>());
  prove(transformer<Hooked>(), TransformerImpl<Hooked>::kLayers, plain);
}

TEST_F(TorchModelsTest, UntouchedTransformerLosesNothingAndChangesNothing) {
  const Trace& plain = without_hooks(transformer<Stock>());
  prove(transformer<Stock>(), TransformerImpl<Stock>::kSeenUntouched, plain,
        Untouched{});
}

TEST_F(TorchModelsTest, LstmLosesNothingAndChangesNothing) {
  const Trace& plain = without_hooks(sequence<Stock>());
  prove(sequence<Hooked>(), SequenceImpl<Hooked>::kLayers, plain);
}

TEST_F(TorchModelsTest, UntouchedLstmLosesNothingAndChangesNothing) {
  const Trace& plain = without_hooks(sequence<Stock>());
  prove(sequence<Stock>(), SequenceImpl<Stock>::kSeenUntouched, plain,
        Untouched{});
}

}  // namespace
}  // namespace tblog::testing
