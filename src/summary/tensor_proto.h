// SPDX-License-Identifier: Apache-2.0
//
// TensorProto: the forms of it that TensorBoard decodes. Thread-safe.

#ifndef TBLOG_SRC_SUMMARY_TENSOR_PROTO_H_
#define TBLOG_SRC_SUMMARY_TENSOR_PROTO_H_

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace tblog::internal {

// Source: tensorflow/tensorboard:tensorboard/compat/proto/types.proto.
enum class DataType : uint32_t {
  kFloat = 1,
  kDouble = 2,
  kInt32 = 3,
  kUint8 = 4,
  kInt16 = 5,
  kInt8 = 6,
  kString = 7,
  kComplex64 = 8,
  kInt64 = 9,
  kBool = 10,
  kUint16 = 17,
  kComplex128 = 18,
  kHalf = 19,
  kUint32 = 22,
  kUint64 = 23,
};

// Numbers as `content`: all elements, row-major and little-endian, which
// TensorBoard decodes for every dtype but strings. An empty `shape` is rank 0.
std::string encode_numeric_tensor(DataType dtype,
                                  std::span<const int64_t> shape,
                                  std::string_view content);

// One string, rank 0.
std::string encode_string_tensor(std::string_view text);

// Several strings, rank 1.
std::string encode_string_list_tensor(
    std::span<const std::string_view> strings);
inline std::string encode_string_list_tensor(
    std::initializer_list<std::string_view> strings) {
  return encode_string_list_tensor(
      std::span<const std::string_view>(strings.begin(), strings.size()));
}

// As many strings as `shape` says, row-major.
std::string encode_strings_tensor(std::span<const int64_t> shape,
                                  std::span<const std::string_view> strings);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_TENSOR_PROTO_H_
