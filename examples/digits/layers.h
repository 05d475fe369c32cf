// SPDX-License-Identifier: Apache-2.0
//
// Layers of a small convolutional network with their backward passes, written
// on Eigen. They know nothing of logging: what is seen of them is seen from
// outside, by their name(), forward(), backward() and parameters().
//
// forward() keeps what backward() needs; backward() takes the gradient of the
// loss by the layer's output, sets the gradients of the parameters, and returns
// the gradient by the layer's input.

#ifndef EXAMPLES_DIGITS_LAYERS_H_
#define EXAMPLES_DIGITS_LAYERS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "digits/random.h"
#include "digits/tensor.h"

namespace digits {

// What the optimizer changes.
struct Parameter {
  std::string name;
  Tensor value;
  Tensor gradient;  // shaped like value
};

class Layer {
 public:
  explicit Layer(std::string name) : name_(std::move(name)) {}
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  const std::string& name() const { return name_; }
  virtual std::string_view type() const = 0;

  virtual Tensor forward(const Tensor& x) = 0;
  virtual Tensor backward(const Tensor& gradient) = 0;

  std::span<Parameter> parameters() { return parameters_; }
  std::span<const Parameter> parameters() const { return parameters_; }

  // Batch normalisation and dropout behave differently in training.
  void set_training(bool training) { training_ = training; }
  bool training() const { return training_; }

 protected:
  Parameter& add_parameter(std::string name, const Shape& shape);

 private:
  std::string name_;
  std::vector<Parameter> parameters_;
  bool training_ = false;
};

// Square kernels of odd size, stride 1, zero padding that keeps the image's
// size, no bias (a batch normalisation follows, which has one).
class Conv2D final : public Layer {
 public:
  Conv2D(std::string name, Index in_channels, Index out_channels,
         Index kernel_size, Random& random);
  std::string_view type() const override { return "Conv2D"; }
  Tensor forward(const Tensor& x) override;
  Tensor backward(const Tensor& gradient) override;
  // [out_channels, in_channels, kernel_size, kernel_size]
  const Tensor& kernel() const { return parameters()[0].value; }

 private:
  // Patches around each pixel, [in_channels · kernel_size², height · width],
  // so that the convolution is a product of matrices; and back, summed.
  void image_to_columns(const float* image, float* columns) const;
  void columns_to_image(const float* columns, float* image) const;
  template <class Visitor>
  void visit_patches(Visitor&& visit) const;

  Index in_channels_;
  Index out_channels_;
  Index kernel_size_;
  Shape input_shape_;
  Tensor columns_;  // of the last batch: [batch, patch, height · width]
};

// Each channel is brought to mean 0 and variance 1, then scaled and shifted:
// in training by the batch's own statistics, in inference by running averages.
class BatchNorm2D final : public Layer {
 public:
  BatchNorm2D(std::string name, Index channels);
  std::string_view type() const override { return "BatchNorm2D"; }
  Tensor forward(const Tensor& x) override;
  Tensor backward(const Tensor& gradient) override;
  const Eigen::ArrayXf& running_mean() const { return running_mean_; }
  const Eigen::ArrayXf& running_variance() const { return running_variance_; }

 private:
  static constexpr float kMomentum = 0.1f;
  static constexpr float kEpsilon = 1e-5f;

  void measure(const Tensor& x, Index channel);

  Eigen::ArrayXf running_mean_;
  Eigen::ArrayXf running_variance_;
  Eigen::ArrayXf mean_;         // used by the last forward()
  Eigen::ArrayXf inverse_std_;  // likewise
  Tensor normalised_;           // before scale and shift
};

class Relu final : public Layer {
 public:
  using Layer::Layer;
  std::string_view type() const override { return "Relu"; }
  Tensor forward(const Tensor& x) override;
  Tensor backward(const Tensor& gradient) override;

 private:
  Tensor output_;
};

// The largest value of each 2×2 block; height and width must be even.
class MaxPool2D final : public Layer {
 public:
  using Layer::Layer;
  std::string_view type() const override { return "MaxPool2D"; }
  Tensor forward(const Tensor& x) override;
  Tensor backward(const Tensor& gradient) override;

 private:
  Shape input_shape_;
  std::vector<Index> winners_;  // the input element that each output came from
};

// In training each value is zeroed with probability `rate` and the others are
// scaled by 1 / (1 - rate), so that the mean stays; in inference: the identity.
class Dropout final : public Layer {
 public:
  Dropout(std::string name, float rate, uint64_t seed);
  std::string_view type() const override { return "Dropout"; }
  Tensor forward(const Tensor& x) override;
  Tensor backward(const Tensor& gradient) override;

 private:
  float rate_;
  Random random_;
  Tensor mask_;  // the factor of each element
};

// y = x · kernelᵀ + bias. Images are taken as flat rows.
class Linear final : public Layer {
 public:
  Linear(std::string name, Index in_features, Index out_features,
         Random& random);
  std::string_view type() const override { return "Linear"; }
  Tensor forward(const Tensor& x) override;
  Tensor backward(const Tensor& gradient) override;
  // [out_features, in_features]
  const Tensor& kernel() const { return parameters()[0].value; }

 private:
  Tensor input_;
};

}  // namespace digits

#endif  // EXAMPLES_DIGITS_LAYERS_H_
