// SPDX-License-Identifier: Apache-2.0
//
// OwnedTensor: a copy of a tensor, row-major, in the machine's byte order.
// Thread-compatible.

#ifndef TBLOG_SRC_HOOK_OWNED_TENSOR_H_
#define TBLOG_SRC_HOOK_OWNED_TENSOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tblog/tensor_view.h"

namespace tblog::internal {

class OwnedTensor {
 public:
  // `values`: a view that the CPU can read.
  explicit OwnedTensor(const TensorView& values);

  TensorView view() const {
    return {bytes_.data(), dtype_, shape_.data(), rank_};
  }

 private:
  DType dtype_;
  size_t rank_;
  std::array<int64_t, TensorView::kMaxRank> shape_{};
  std::string bytes_;
};

// The same values as float32, where they are 8-bit floats, which numpy has not;
// others as they are.
OwnedTensor without_small_floats(const TensorView& values);

// "float32 [16, 8, 8]"; "float32 []" for a single value.
std::string describe_shape(const TensorView& values);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_OWNED_TENSOR_H_
