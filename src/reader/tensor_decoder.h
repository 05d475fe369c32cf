// SPDX-License-Identifier: Apache-2.0
//
// Tensors of event files as plain elements. What contradicts itself (another
// number of elements than the shape says, a negative dimension, …) is an error.
// Rules: the way TensorBoard decodes tensors
// (tensorflow/tensorboard:tensorboard/util/tensor_util.py), and bfloat16 too.

#ifndef TBLOG_SRC_READER_TENSOR_DECODER_H_
#define TBLOG_SRC_READER_TENSOR_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "tblog/dtype.h"
#include "tblog/event_reader.h"
#include "tblog/proto/tensor.pb.h"

namespace tblog::internal {

// What a tensor's elements are, before they are copied.
struct TensorLayout {
  std::optional<DType> dtype;  // none: strings
  std::vector<int64_t> shape;
  int64_t size = 0;       // elements
  bool repeated = false;  // one element stands for all
};

// Cost: no more than the shape's dimensions, whatever their product.
// Errors: InvalidArgument.
// Of an element of a proto::DataType; none: it is no number.
std::optional<size_t> number_bytes(int type);

absl::StatusOr<TensorLayout> tensor_layout(const proto::TensorProto& tensor);

// Errors: those of tensor_layout(); ResourceExhausted where repeating one
// element would take more than 64 MiB.
absl::StatusOr<TensorValue> decode_tensor(const proto::TensorProto& tensor);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_TENSOR_DECODER_H_
