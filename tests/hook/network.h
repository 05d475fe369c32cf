// SPDX-License-Identifier: Apache-2.0
//
// A small network that trains, for tests that ask what hooks do to a model.

#ifndef TBLOG_TESTS_HOOK_NETWORK_H_
#define TBLOG_TESTS_HOOK_NETWORK_H_

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tblog/forward.h"
#include "tblog/layer_hooks.h"
#include "tblog/tensor_view.h"

namespace tblog::testing {

// [rows, columns]
struct Matrix {
  int64_t rows = 0;
  int64_t columns = 0;
  std::vector<float> values;
};

struct Parameter {
  std::string name;
  Matrix value;
  Matrix gradient;
};

// x · kernel, then tanh or ReLU.
class Dense {
 public:
  Dense(std::string name, int64_t in, int64_t out, bool tanh)
      : name_(std::move(name)), tanh_(tanh) {
    Matrix kernel{in, out, {}};
    for (int64_t i = 0; i < in * out; ++i) {
      kernel.values.push_back(std::sin(1.7f * static_cast<float>(i + in)));
    }
    parameters_ = {{"kernel", kernel, {}}};
  }

  const std::string& name() const { return name_; }
  std::string type() const { return tanh_ ? "Tanh" : "ReLU"; }
  std::vector<Parameter>& parameters() { return parameters_; }

  // Called at each beginning and end of both passes; may throw.
  std::function<void()> on_point = [] {};

  Matrix forward(const Matrix& x) {
    on_point();
    input_ = x;
    const Matrix& w = parameters_[0].value;
    output_ = {x.rows, w.columns, {}};
    for (int64_t r = 0; r < x.rows; ++r) {
      for (int64_t c = 0; c < w.columns; ++c) {
        float sum = 0;
        for (int64_t k = 0; k < w.rows; ++k) {
          sum += at(x, r, k) * at(w, k, c);
        }
        output_.values.push_back(tanh_ ? std::tanh(sum) : std::fmax(sum, 0.f));
      }
    }
    on_point();
    return output_;
  }

  Matrix backward(const Matrix& gradient) {
    on_point();
    const Matrix& w = parameters_[0].value;
    Matrix inner = gradient;
    for (size_t i = 0; i < inner.values.size(); ++i) {
      const float y = output_.values[i];
      inner.values[i] *= tanh_ ? 1 - y * y : (y > 0 ? 1.f : 0.f);
    }
    Matrix& of_kernel = parameters_[0].gradient;
    of_kernel = {w.rows, w.columns, {}};
    for (int64_t k = 0; k < w.rows; ++k) {
      for (int64_t c = 0; c < w.columns; ++c) {
        float sum = 0;
        for (int64_t r = 0; r < inner.rows; ++r) {
          sum += at(input_, r, k) * at(inner, r, c);
        }
        of_kernel.values.push_back(sum);
      }
    }
    Matrix of_input{inner.rows, w.rows, {}};
    for (int64_t r = 0; r < inner.rows; ++r) {
      for (int64_t k = 0; k < w.rows; ++k) {
        float sum = 0;
        for (int64_t c = 0; c < w.columns; ++c) {
          sum += at(inner, r, c) * at(w, k, c);
        }
        of_input.values.push_back(sum);
      }
    }
    on_point();
    return of_input;
  }

  void update(float rate) {
    Parameter& kernel = parameters_[0];
    for (size_t i = 0; i < kernel.value.values.size(); ++i) {
      kernel.value.values[i] -= rate * kernel.gradient.values[i];
    }
  }

 private:
  static float at(const Matrix& m, int64_t row, int64_t column) {
    return m.values[static_cast<size_t>(row * m.columns + column)];
  }

  std::string name_;
  bool tanh_;
  std::vector<Parameter> parameters_;
  Matrix input_;
  Matrix output_;
};

inline std::vector<Dense> make_network() {
  std::vector<Dense> layers;
  layers.emplace_back("first", 3, 4, true);
  layers.emplace_back("second", 4, 4, false);
  layers.emplace_back("third", 4, 2, true);
  return layers;
}

// One example: rows of what a step computes, in a form to compare bytes of.
inline Matrix batch_of(int64_t step) {
  Matrix batch{2, 3, {}};
  for (int i = 0; i < 6; ++i) {
    batch.values.push_back(std::cos(0.3f * static_cast<float>(step + 5 * i)));
  }
  return batch;
}

// Every rule and every watch there is, at once, of each kind of tensor; what is
// not watched only every so many steps. No files without a directory.
inline std::vector<Rule> all_rules(const std::string& directory,
                                   int64_t every) {
  Rule rule = Rule::layers("*");
  rule.outputs().inputs().gradients().weights().weight_gradients();
  std::vector<Rule> rules{rule, rule, rule};
  rules[0].every(every);
  rules[2].every(every);
  rules[0].stats().histogram().tensor().shapes().capture().call(
      [](const LayerEvent&) {});
  rules[1]
      .watch_nonfinite({directory})
      .watch_norm()
      .watch_dead_units()
      .watch_update_ratio()
      .watch_saturation();
  rules[2].image_grid().times();
  if (!directory.empty()) rules[2].save_npz(directory);
  return rules;
}

}  // namespace tblog::testing

template <>
struct tblog::TensorSource<tblog::testing::Matrix> {
  static constexpr bool kKnown = true;
  static TensorView view(const tblog::testing::Matrix& m) noexcept {
    const int64_t shape[] = {m.rows, m.columns};
    return m.values.empty()
               ? TensorView()
               : TensorView(m.values.data(), DType::kFloat32, shape, 2);
  }
};

#endif  // TBLOG_TESTS_HOOK_NETWORK_H_
