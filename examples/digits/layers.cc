// SPDX-License-Identifier: Apache-2.0

#include "digits/layers.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

namespace digits {
namespace {

// He et al. 2015 (arXiv:1502.01852): keeps the variance through ReLUs.
void fill_he(Tensor& kernel, Index fan_in, Random& random) {
  const double std = std::sqrt(2.0 / static_cast<double>(fan_in));
  for (float& w : kernel.array()) w = static_cast<float>(std * random.normal());
}

}  // namespace

Parameter& Layer::add_parameter(std::string name, const Shape& shape) {
  parameters_.push_back({std::move(name), Tensor(shape), Tensor(shape)});
  return parameters_.back();
}

// ---- Conv2D ----

Conv2D::Conv2D(std::string name, Index in_channels, Index out_channels,
               Index kernel_size, Random& random)
    : Layer(std::move(name)),
      in_channels_(in_channels),
      out_channels_(out_channels),
      kernel_size_(kernel_size) {
  Parameter& kernel = add_parameter(
      "kernel", {out_channels, in_channels, kernel_size, kernel_size});
  fill_he(kernel.value, in_channels * kernel_size * kernel_size, random);
}

// Calls visit(column element, image element, count) for each run of pixels that
// a patch element sees inside the image; what lies in the padding is left out.
template <class Visitor>
void Conv2D::visit_patches(Visitor&& visit) const {
  const Index height = input_shape_[2], width = input_shape_[3];
  const Index padding = kernel_size_ / 2;
  Index row = 0;  // of the columns: one element of the patch
  for (Index c = 0; c < in_channels_; ++c) {
    for (Index ky = -padding; ky <= padding; ++ky) {
      for (Index kx = -padding; kx <= padding; ++kx, ++row) {
        const Index x = std::max<Index>(0, -kx);
        const Index count = width - std::abs(kx);
        for (Index y = std::max<Index>(0, -ky);
             y < std::min(height, height - ky); ++y) {
          visit((row * height + y) * width + x,
                (c * height + y + ky) * width + x + kx, count);
        }
      }
    }
  }
}

void Conv2D::image_to_columns(const float* image, float* columns) const {
  visit_patches([&](Index column, Index pixel, Index count) {
    std::copy_n(image + pixel, count, columns + column);
  });
}

void Conv2D::columns_to_image(const float* columns, float* image) const {
  visit_patches([&](Index column, Index pixel, Index count) {
    for (Index i = 0; i < count; ++i) image[pixel + i] += columns[column + i];
  });
}

Tensor Conv2D::forward(const Tensor& x) {
  input_shape_ = x.shape();
  const Index batch = x.dim(0), pixels = x.dim(2) * x.dim(3);
  const Index patch = in_channels_ * kernel_size_ * kernel_size_;
  columns_ = Tensor({batch, patch, pixels});
  Tensor y({batch, out_channels_, x.dim(2), x.dim(3)});
  for (Index n = 0; n < batch; ++n) {
    image_to_columns(x.data() + n * x.item_size(),
                     columns_.data() + n * columns_.item_size());
    y.matrix(n * y.item_size(), out_channels_, pixels).noalias() =
        kernel().matrix() *
        columns_.matrix(n * columns_.item_size(), patch, pixels);
  }
  return y;
}

Tensor Conv2D::backward(const Tensor& gradient) {
  const Index batch = gradient.dim(0), pixels = columns_.dim(2);
  const Index patch = columns_.dim(1);
  Tensor& kernel_gradient = parameters()[0].gradient;
  kernel_gradient.array().setZero();
  Tensor input_gradient(input_shape_);
  Matrix columns_gradient(patch, pixels);
  for (Index n = 0; n < batch; ++n) {
    const auto g =
        gradient.matrix(n * gradient.item_size(), out_channels_, pixels);
    kernel_gradient.matrix().noalias() +=
        g *
        columns_.matrix(n * columns_.item_size(), patch, pixels).transpose();
    columns_gradient.noalias() = kernel().matrix().transpose() * g;
    columns_to_image(columns_gradient.data(),
                     input_gradient.data() + n * input_gradient.item_size());
  }
  return input_gradient;
}

// ---- BatchNorm2D ----

BatchNorm2D::BatchNorm2D(std::string name, Index channels)
    : Layer(std::move(name)),
      running_mean_(Eigen::ArrayXf::Zero(channels)),
      running_variance_(Eigen::ArrayXf::Ones(channels)),
      mean_(channels),
      inverse_std_(channels) {
  add_parameter("scale", {channels}).value.array().setOnes();
  add_parameter("shift", {channels});
}

void BatchNorm2D::measure(const Tensor& x, Index channel) {
  const Index pixels = x.dim(2) * x.dim(3);
  const Index count = x.dim(0) * pixels;
  double sum = 0, sum_squares = 0;
  for (Index n = 0; n < x.dim(0); ++n) {
    const auto v =
        x.matrix(n * x.item_size() + channel * pixels, 1, pixels).array();
    sum += v.sum();
    sum_squares += v.square().sum();
  }
  const double mean = sum / static_cast<double>(count);
  const double variance =
      std::max(0.0, sum_squares / static_cast<double>(count) - mean * mean);
  mean_[channel] = static_cast<float>(mean);
  inverse_std_[channel] =
      static_cast<float>(1.0 / std::sqrt(variance + kEpsilon));
  // The running variance is the unbiased one, as PyTorch's.
  const double unbiased = variance * static_cast<double>(count) /
                          static_cast<double>(std::max<Index>(1, count - 1));
  running_mean_[channel] +=
      kMomentum * (static_cast<float>(mean) - running_mean_[channel]);
  running_variance_[channel] +=
      kMomentum * (static_cast<float>(unbiased) - running_variance_[channel]);
}

Tensor BatchNorm2D::forward(const Tensor& x) {
  const Index channels = x.dim(1), pixels = x.dim(2) * x.dim(3);
  if (training()) {
    for (Index c = 0; c < channels; ++c) measure(x, c);
  } else {
    mean_ = running_mean_;
    inverse_std_ = (running_variance_ + kEpsilon).rsqrt();
  }
  const Tensor& scale = parameters()[0].value;
  const Tensor& shift = parameters()[1].value;
  normalised_ = Tensor(x.shape());
  Tensor y(x.shape());
  for (Index i = 0; i < x.dim(0) * channels; ++i) {
    const Index c = i % channels;
    auto normalised = normalised_.matrix(i * pixels, 1, pixels).array();
    normalised =
        (x.matrix(i * pixels, 1, pixels).array() - mean_[c]) * inverse_std_[c];
    y.matrix(i * pixels, 1, pixels).array() = normalised * scale[c] + shift[c];
  }
  return y;
}

// With z the normalised input, g the gradient by it, and means over the batch
// and the pixels of a channel: dx = (g - mean(g) - z · mean(g · z)) / std.
Tensor BatchNorm2D::backward(const Tensor& gradient) {
  const Index channels = gradient.dim(1);
  const Index pixels = gradient.dim(2) * gradient.dim(3);
  const float count = static_cast<float>(gradient.dim(0) * pixels);
  auto scale_gradient = parameters()[0].gradient.array();
  auto shift_gradient = parameters()[1].gradient.array();
  scale_gradient.setZero();
  shift_gradient.setZero();
  const Index rows = gradient.dim(0) * channels;
  for (Index i = 0; i < rows; ++i) {
    const auto g = gradient.matrix(i * pixels, 1, pixels).array();
    scale_gradient[i % channels] +=
        (g * normalised_.matrix(i * pixels, 1, pixels).array()).sum();
    shift_gradient[i % channels] += g.sum();
  }
  const auto scale = parameters()[0].value.array();
  Tensor input_gradient(gradient.shape());
  for (Index i = 0; i < rows; ++i) {
    const Index c = i % channels;
    const auto g = gradient.matrix(i * pixels, 1, pixels).array();
    const auto z = normalised_.matrix(i * pixels, 1, pixels).array();
    auto dx = input_gradient.matrix(i * pixels, 1, pixels).array();
    dx = g;
    // In inference the statistics are constants.
    if (training()) dx -= (shift_gradient[c] + z * scale_gradient[c]) / count;
    dx *= scale[c] * inverse_std_[c];
  }
  return input_gradient;
}

// ---- Relu ----

Tensor Relu::forward(const Tensor& x) {
  output_ = Tensor(x.shape());
  output_.array() = x.array().max(0.0f);
  return output_;
}

Tensor Relu::backward(const Tensor& gradient) {
  Tensor input_gradient(gradient.shape());
  input_gradient.array() =
      gradient.array() * (output_.array() > 0.0f).cast<float>();
  return input_gradient;
}

// ---- MaxPool2D ----

Tensor MaxPool2D::forward(const Tensor& x) {
  input_shape_ = x.shape();
  const Index width = x.dim(3);
  Tensor y({x.dim(0), x.dim(1), x.dim(2) / 2, width / 2});
  winners_.resize(static_cast<size_t>(y.size()));
  Index out = 0;
  for (Index row = 0; row < x.dim(0) * x.dim(1) * x.dim(2); row += 2) {
    for (Index column = 0; column < width; column += 2, ++out) {
      const Index corner = row * width + column;
      Index winner = corner;
      for (Index i : {corner + 1, corner + width, corner + width + 1}) {
        if (x[i] > x[winner]) winner = i;
      }
      winners_[static_cast<size_t>(out)] = winner;
      y[out] = x[winner];
    }
  }
  return y;
}

Tensor MaxPool2D::backward(const Tensor& gradient) {
  Tensor input_gradient(input_shape_);
  for (Index i = 0; i < gradient.size(); ++i) {
    input_gradient[winners_[static_cast<size_t>(i)]] = gradient[i];
  }
  return input_gradient;
}

// ---- Dropout ----

Dropout::Dropout(std::string name, float rate, uint64_t seed)
    : Layer(std::move(name)), rate_(rate), random_(seed) {}

Tensor Dropout::forward(const Tensor& x) {
  mask_ = Tensor(x.shape());
  for (float& factor : mask_.array()) {
    const bool dropped = training() && random_.uniform() < rate_;
    factor = dropped ? 0.0f : training() ? 1.0f / (1.0f - rate_) : 1.0f;
  }
  Tensor y(x.shape());
  y.array() = x.array() * mask_.array();
  return y;
}

Tensor Dropout::backward(const Tensor& gradient) {
  Tensor input_gradient(gradient.shape());
  input_gradient.array() = gradient.array() * mask_.array();
  return input_gradient;
}

// ---- Linear ----

Linear::Linear(std::string name, Index in_features, Index out_features,
               Random& random)
    : Layer(std::move(name)) {
  Parameter& kernel = add_parameter("kernel", {out_features, in_features});
  fill_he(kernel.value, in_features, random);
  add_parameter("bias", {out_features});
}

Tensor Linear::forward(const Tensor& x) {
  input_ = x;
  Tensor y({x.dim(0), kernel().dim(0)});
  const Tensor& bias = parameters()[1].value;
  y.matrix().noalias() = x.matrix() * kernel().matrix().transpose();
  y.matrix().rowwise() += bias.matrix(0, 1, bias.size()).row(0);
  return y;
}

Tensor Linear::backward(const Tensor& gradient) {
  Tensor& bias_gradient = parameters()[1].gradient;
  parameters()[0].gradient.matrix().noalias() =
      gradient.matrix().transpose() * input_.matrix();
  bias_gradient.matrix(0, 1, bias_gradient.size()) =
      gradient.matrix().colwise().sum();
  Tensor input_gradient(input_.shape());
  input_gradient.matrix().noalias() = gradient.matrix() * kernel().matrix();
  return input_gradient;
}

}  // namespace digits
