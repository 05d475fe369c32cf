// SPDX-License-Identifier: Apache-2.0
//
// Hooks on LibTorch models: what came of a step, by tag.

#ifndef TBLOG_TESTS_TORCH_TORCH_FIXTURE_H_
#define TBLOG_TESTS_TORCH_TORCH_FIXTURE_H_

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/nn/module.h>
#include <torch/utils.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tblog/histogram.h"
#include "tblog/layer_hooks.h"
#include "tblog/torch_attach.h"
#include "tests/hook/hook_fixture.h"

namespace tblog::testing {

// A copy of what a rule was shown.
inline at::Tensor tensor_of(const TensorView& view, c10::ScalarType dtype) {
  std::vector<int64_t> sizes;
  std::vector<int64_t> strides;
  for (size_t axis = 0; axis < view.rank(); ++axis) {
    sizes.push_back(view.dim(axis));
    strides.push_back(view.stride(axis));
  }
  return at::from_blob(const_cast<void*>(view.data()), sizes, strides, dtype)
      .clone();
}

class TorchFixture : public HookFixture {
 protected:
  TorchFixture() {
    at::set_num_threads(1);
    torch::manual_seed(0);
  }

  // What a Rule::call() hears, in any order of threads.
  struct Heard {
    std::string tag;  // "<layer>[:<call>][/<leaf>] <kind>"
    int64_t step = 0;
    std::string phase;
    double sum = 0;

    friend bool operator<(const Heard& a, const Heard& b) {
      return std::tie(a.step, a.tag) < std::tie(b.step, b.tag);
    }
  };

  // A rule that listens to these layers; every tensor of the kinds is heard.
  Rule listen(Rule rule) {
    return rule.call([this](const LayerEvent& event) {
      Heard heard;
      heard.tag = std::string(event.layer);
      if (event.call > 0) heard.tag += ":" + std::to_string(event.call);
      if (!event.leaf.empty()) heard.tag += "/" + std::string(event.leaf);
      heard.tag += " " + std::string(tensor_kind_name(event.kind));
      heard.step = event.step;
      heard.phase = std::string(event.phase.name());
      const auto stats = compute_stats(event.value);
      heard.sum = stats.ok() ? stats->sum : 0;
      const std::lock_guard<std::mutex> lock(mutex_);
      heard_.push_back(std::move(heard));
    });
  }

  template <class Model>
  void attach_to(Model& model) {
    absl::StatusOr<Binding> binding = attach(*hooks_, model);
    ASSERT_TRUE(binding.ok()) << binding.status();
    binding_ = *std::move(binding);
  }

  // The tags that were heard since the last time, sorted.
  std::vector<std::string> heard_tags() {
    std::vector<std::string> tags;
    for (const Heard& heard : take()) tags.push_back(heard.tag);
    std::sort(tags.begin(), tags.end());
    return tags;
  }
  // The same with the sums of their values.
  std::map<std::string, double> heard_sums() {
    std::map<std::string, double> sums;
    for (const Heard& heard : take()) sums[heard.tag] = heard.sum;
    return sums;
  }
  std::vector<Heard> take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(heard_, {});
  }

  std::mutex mutex_;
  std::vector<Heard> heard_;
  Binding binding_;
};

// All of a model's parameters and buffers, for comparisons to the bit.
inline std::vector<at::Tensor> state_of(const torch::nn::Module& model) {
  std::vector<at::Tensor> state;
  for (const auto& tensor : model.parameters())
    state.push_back(tensor.detach());
  for (const auto& tensor : model.buffers()) state.push_back(tensor.detach());
  return state;
}

inline bool same_bits(const std::vector<at::Tensor>& a,
                      const std::vector<at::Tensor>& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [](const at::Tensor& x, const at::Tensor& y) {
                      return x.equal(y);
                    });
}

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_TORCH_TORCH_FIXTURE_H_
