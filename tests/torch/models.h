// SPDX-License-Identifier: Apache-2.0
//
// Models of the shapes that people train, small, with layers that are wrapped
// (tblog::Hooked) or not (Stock).

#ifndef TBLOG_TESTS_TORCH_MODELS_H_
#define TBLOG_TESTS_TORCH_MODELS_H_

#include <torch/nn.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <tuple>

namespace tblog::testing {

template <class M>
using Stock = M;

namespace nn = torch::nn;

// ---- ResNet-18: 20 convolutions and batch norms, 8 blocks ----

template <template <class> class L>
struct BasicBlockImpl : nn::Module {
  BasicBlockImpl(int64_t in, int64_t out, int64_t stride) {
    const auto conv = [](int64_t from, int64_t to, int64_t size, int64_t step) {
      return nn::Conv2dOptions(from, to, size)
          .stride(step)
          .padding(size / 2)
          .bias(false);
    };
    conv1 =
        this->register_module("conv1", L<nn::Conv2d>(conv(in, out, 3, stride)));
    bn1 = this->register_module("bn1", L<nn::BatchNorm2d>(out));
    relu = this->register_module("relu",
                                 L<nn::ReLU>(nn::ReLUOptions().inplace(true)));
    conv2 = this->register_module("conv2", L<nn::Conv2d>(conv(out, out, 3, 1)));
    bn2 = this->register_module("bn2", L<nn::BatchNorm2d>(out));
    if (in == out && stride == 1) return;
    downsample = this->register_module(
        "downsample", nn::Sequential(L<nn::Conv2d>(conv(in, out, 1, stride)),
                                     L<nn::BatchNorm2d>(out)));
  }
  at::Tensor forward(at::Tensor x) {
    at::Tensor y = relu(bn1(conv1(x)));
    y = bn2(conv2(y));
    if (downsample) x = downsample->forward(x);
    return relu(y + x);
  }

  L<nn::Conv2d> conv1{nullptr}, conv2{nullptr};
  L<nn::BatchNorm2d> bn1{nullptr}, bn2{nullptr};
  L<nn::ReLU> relu{nullptr};
  nn::Sequential downsample{nullptr};
};

template <template <class> class L>
struct ResNet18Impl : nn::Module {
  // Values of one forward pass: 20 convolutions, 20 batch norms, 9 ReLU modules
  // of which 8 are called twice, a pool, a classifier.
  static constexpr int64_t kLayers = 20 + 20 + 9 + 1 + 1;
  static constexpr int64_t kSeenUntouched = 20 + 20 + 1;
  static constexpr int64_t kUnused = 0;
  static constexpr int64_t kParameters = 20 + 2 * 20 + 2;

  explicit ResNet18Impl(int64_t width = 4) {
    conv1 = this->register_module(
        "conv1",
        L<nn::Conv2d>(nn::Conv2dOptions(3, width, 3).padding(1).bias(false)));
    bn1 = this->register_module("bn1", L<nn::BatchNorm2d>(width));
    relu = this->register_module("relu", L<nn::ReLU>());
    int64_t in = width;
    for (int64_t stage = 0; stage < 4; ++stage) {
      const int64_t out = width << stage;
      nn::Sequential blocks(
          std::make_shared<BasicBlockImpl<L>>(in, out, stage == 0 ? 1 : 2),
          std::make_shared<BasicBlockImpl<L>>(out, out, 1));
      stages->push_back(
          this->register_module("layer" + std::to_string(stage + 1), blocks));
      in = out;
    }
    pool = this->register_module(
        "avgpool", L<nn::AdaptiveAvgPool2d>(nn::AdaptiveAvgPool2dOptions(1)));
    fc = this->register_module("fc", L<nn::Linear>(in, 10));
  }
  at::Tensor forward(at::Tensor x) {
    x = relu(bn1(conv1(x)));
    for (const auto& stage : *stages) {
      x = stage->template as<nn::Sequential>()->forward(x);
    }
    return fc(pool(x).flatten(1));
  }

  L<nn::Conv2d> conv1{nullptr};
  L<nn::BatchNorm2d> bn1{nullptr};
  L<nn::ReLU> relu{nullptr};
  nn::ModuleList stages;  // not registered: its members are
  L<nn::AdaptiveAvgPool2d> pool{nullptr};
  L<nn::Linear> fc{nullptr};
};

// ---- A transformer with its own attention, two layers ----

template <template <class> class L>
struct AttentionBlockImpl : nn::Module {
  AttentionBlockImpl(int64_t size, int64_t heads_in) : heads(heads_in) {
    norm1 = this->register_module(
        "norm1", L<nn::LayerNorm>(nn::LayerNormOptions({size})));
    qkv = this->register_module("qkv", L<nn::Linear>(size, 3 * size));
    project = this->register_module("project", L<nn::Linear>(size, size));
    drop = this->register_module("drop", L<nn::Dropout>(0.1));
    norm2 = this->register_module(
        "norm2", L<nn::LayerNorm>(nn::LayerNormOptions({size})));
    up = this->register_module("up", L<nn::Linear>(size, 4 * size));
    gelu = this->register_module("gelu", L<nn::GELU>());
    down = this->register_module("down", L<nn::Linear>(4 * size, size));
  }
  at::Tensor forward(at::Tensor x) {
    const int64_t batch = x.size(0), time = x.size(1), size = x.size(2);
    const auto parts = qkv(norm1(x))
                           .view({batch, time, 3, heads, size / heads})
                           .permute({2, 0, 3, 1, 4})
                           .unbind(0);
    const double scale = 1 / std::sqrt(static_cast<double>(size / heads));
    const at::Tensor scores =
        (at::matmul(parts[0], parts[1].transpose(-2, -1)) * scale).softmax(-1);
    const at::Tensor context = at::matmul(scores, parts[2])
                                   .transpose(1, 2)
                                   .reshape({batch, time, size});
    x = x + drop(project(context));
    return x + down(gelu(up(norm2(x))));
  }

  int64_t heads;
  L<nn::LayerNorm> norm1{nullptr}, norm2{nullptr};
  L<nn::Linear> qkv{nullptr}, project{nullptr}, up{nullptr}, down{nullptr};
  L<nn::Dropout> drop{nullptr};
  L<nn::GELU> gelu{nullptr};
};

template <template <class> class L>
struct TransformerImpl : nn::Module {
  static constexpr int64_t kLayers = 2 + 2 * 8 + 2;
  static constexpr int64_t kSeenUntouched = 2 + 2 * 6 + 2;
  static constexpr int64_t kUnused = 0;
  static constexpr int64_t kParameters = 2 + 2 * 12 + 4;

  TransformerImpl(int64_t words, int64_t size) {
    tokens = this->register_module("tokens", L<nn::Embedding>(words, size));
    places = this->register_module("places", L<nn::Embedding>(16, size));
    blocks = this->register_module("blocks", nn::ModuleList());
    blocks->push_back(AttentionBlockImpl<L>(size, 2));
    blocks->push_back(AttentionBlockImpl<L>(size, 2));
    norm = this->register_module(
        "norm", L<nn::LayerNorm>(nn::LayerNormOptions({size})));
    head = this->register_module("head", L<nn::Linear>(size, words));
  }
  at::Tensor forward(at::Tensor ids) {
    at::Tensor x = tokens(ids) + places(at::arange(ids.size(1)));
    for (const auto& block : *blocks) {
      x = block->template as<AttentionBlockImpl<L>>()->forward(x);
    }
    return head(norm(x));
  }

  L<nn::Embedding> tokens{nullptr}, places{nullptr};
  nn::ModuleList blocks{nullptr};
  L<nn::LayerNorm> norm{nullptr};
  L<nn::Linear> head{nullptr};
};

// ---- An LSTM over a sequence ----

template <template <class> class L>
struct SequenceImpl : nn::Module {
  // Leaves: two layers' one, and the three of the LSTM, of which two are used
  // by nothing and have no gradient.
  static constexpr int64_t kLayers = 1 + 3 + 1;
  static constexpr int64_t kSeenUntouched = 5;
  static constexpr int64_t kUnused = 2;
  static constexpr int64_t kParameters = 1 + 8 + 2;

  SequenceImpl() {
    embed = this->register_module("embed", L<nn::Embedding>(12, 8));
    lstm = this->register_module(
        "lstm",
        L<nn::LSTM>(nn::LSTMOptions(8, 8).num_layers(2).batch_first(true)));
    head = this->register_module("head", L<nn::Linear>(8, 12));
  }
  at::Tensor forward(at::Tensor ids) {
    return head(std::get<0>(lstm(embed(ids))));
  }

  L<nn::Embedding> embed{nullptr};
  L<nn::LSTM> lstm{nullptr};
  L<nn::Linear> head{nullptr};
};

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_TORCH_MODELS_H_
