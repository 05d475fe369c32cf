// SPDX-License-Identifier: Apache-2.0
//
// What a step is for, and which tensor of a layer: the words that rules,
// watches and captures share. Values.

#ifndef TBLOG_RULE_TYPES_H_
#define TBLOG_RULE_TYPES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tblog/export.h"

namespace tblog {

// Which tensor of a layer.
enum class TensorKind : uint8_t {
  kOutputs,
  kInputs,
  kGradients,  // of the loss by the layer's outputs
  kWeights,    // its parameters
  kWeightGradients,
};
inline constexpr size_t kTensorKinds = 5;

// As in tags: "outputs", "weight_gradients".
constexpr std::string_view tensor_kind_name(TensorKind kind) noexcept {
  switch (kind) {
    case TensorKind::kOutputs:
      return "outputs";
    case TensorKind::kInputs:
      return "inputs";
    case TensorKind::kGradients:
      return "gradients";
    case TensorKind::kWeights:
      return "weights";
    case TensorKind::kWeightGradients:
      return "weight_gradients";
  }
  return "unknown";
}

// A set of them: `TensorKind::kOutputs | TensorKind::kGradients`.
class TensorKindSet {
 public:
  constexpr TensorKindSet() noexcept = default;
  constexpr TensorKindSet(TensorKind kind) noexcept
      : bits_(uint32_t{1} << static_cast<uint32_t>(kind)) {}
  constexpr bool contains(TensorKind kind) const noexcept {
    return (bits_ & TensorKindSet(kind).bits_) != 0;
  }
  constexpr bool empty() const noexcept { return bits_ == 0; }
  constexpr uint32_t bits() const noexcept { return bits_; }
  friend constexpr TensorKindSet operator|(TensorKindSet a,
                                           TensorKindSet b) noexcept {
    a.bits_ |= b.bits_;
    return a;
  }

 private:
  uint32_t bits_ = 0;
};
constexpr TensorKindSet operator|(TensorKind a, TensorKind b) noexcept {
  return TensorKindSet(a) | TensorKindSet(b);
}

// What a step of the model is for: training, evaluation, inference, or anything
// with a name of its own, `Phase("warmup")`. Two of one name are equal. Holds
// its name, and can be used before main().
class Phase {
 public:
  static const Phase kTrain;      // "train"
  static const Phase kEval;       // "eval"
  static const Phase kInference;  // "inference"

  static constexpr size_t kMaxNameBytes = 46;

  // A name of more than kMaxNameBytes is cut, and LayerHooks reports it.
  constexpr explicit Phase(std::string_view name) noexcept
      : size_(static_cast<uint8_t>(
            name.size() < kMaxNameBytes ? name.size() : kMaxNameBytes)),
        cut_(name.size() > kMaxNameBytes) {
    for (size_t i = 0; i < size_; ++i) name_[i] = name[i];
  }

  constexpr std::string_view name() const noexcept { return {name_, size_}; }
  constexpr bool name_was_cut() const noexcept { return cut_; }

  friend constexpr bool operator==(const Phase& a, const Phase& b) noexcept {
    return a.name() == b.name();
  }
  friend constexpr bool operator!=(const Phase& a, const Phase& b) noexcept {
    return !(a == b);
  }

 private:
  char name_[kMaxNameBytes] = {};
  uint8_t size_ = 0;
  bool cut_ = false;
};
inline constexpr Phase Phase::kTrain{"train"};
inline constexpr Phase Phase::kEval{"eval"};
inline constexpr Phase Phase::kInference{"inference"};

}  // namespace tblog

#endif  // TBLOG_RULE_TYPES_H_
