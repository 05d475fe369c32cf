// SPDX-License-Identifier: Apache-2.0

#include "src/graph/message_encoder.h"

#include <bit>
#include <cstdint>
#include <type_traits>
#include <variant>

#include "src/event/wire.h"

namespace tblog::internal {
namespace {

constexpr uint32_t kShapeDim = 2;
constexpr uint32_t kShapeUnknownRank = 3;
constexpr uint32_t kDimSize = 1;

// Of AttrValue; those of a list's values are its ListValue's, too.
enum Attr : uint32_t {
  kList = 1,
  kBytes = 2,
  kInt = 3,
  kFloat = 4,
  kBool = 5,
  kType = 6,
  kShape = 7
};

template <class T>
constexpr Attr field_of() {
  if constexpr (std::is_same_v<T, std::string>) return kBytes;
  if constexpr (std::is_same_v<T, int64_t>) return kInt;
  if constexpr (std::is_same_v<T, float>) return kFloat;
  if constexpr (std::is_same_v<T, bool>) return kBool;
  if constexpr (std::is_same_v<T, GraphType>) return kType;
  if constexpr (std::is_same_v<T, GraphShape>) return kShape;
}

template <class T>
struct IsList : std::false_type {};
template <class T>
struct IsList<std::vector<T>> : std::true_type {};

uint64_t varint_of(int64_t value) { return static_cast<uint64_t>(value); }
uint64_t varint_of(bool value) { return value ? 1 : 0; }
uint64_t varint_of(GraphType type) {
  return static_cast<uint64_t>(int64_t{type.number()});
}

// A member of a oneof: written also where it is zero.
template <class T>
void put_one(std::string& out, const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    wire::put_bytes_always(out, kBytes, value);
  } else if constexpr (std::is_same_v<T, GraphShape>) {
    wire::put_bytes_always(out, kShape, encode_shape(value));
  } else if constexpr (std::is_same_v<T, float>) {
    wire::put_varint(out, wire::key(kFloat, wire::kFixed32));
    wire::put_fixed32(out, std::bit_cast<uint32_t>(value));
  } else {
    wire::put_uint64_always(out, field_of<T>(), varint_of(value));
  }
}

// Numbers are packed.
template <class T>
void put_list(std::string& out, const std::vector<T>& list) {
  if constexpr (std::is_same_v<T, std::string> ||
                std::is_same_v<T, GraphShape>) {
    for (const T& value : list) put_one(out, value);
  } else {
    std::string packed;
    for (const T value : list) {
      if constexpr (std::is_same_v<T, float>) {
        wire::put_fixed32(packed, std::bit_cast<uint32_t>(value));
      } else {
        wire::put_varint(packed, varint_of(value));
      }
    }
    wire::put_bytes(out, field_of<T>(), packed);
  }
}

}  // namespace

int data_type_number(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return 1;
    case DType::kFloat64:
      return 2;
    case DType::kInt32:
      return 3;
    case DType::kUint8:
      return 4;
    case DType::kInt16:
      return 5;
    case DType::kInt8:
      return 6;
    case DType::kComplex64:
      return 8;
    case DType::kInt64:
      return 9;
    case DType::kBool:
      return 10;
    case DType::kBFloat16:
      return 14;
    case DType::kUint16:
      return 17;
    case DType::kComplex128:
      return 18;
    case DType::kFloat16:
      return 19;
    case DType::kUint32:
      return 22;
    case DType::kUint64:
      return 23;
    case DType::kFloat8E5M2:
      return 24;
    case DType::kFloat8E4M3:
      return 25;
  }
  return 0;
}

std::string encode_shape(const GraphShape& shape) {
  std::string out;
  if (!shape.known()) {
    wire::put_uint64_always(out, kShapeUnknownRank, 1);
    return out;
  }
  std::string dim;
  for (const int64_t size : shape.dims()) {
    dim.clear();
    wire::put_int64(dim, kDimSize, size);
    wire::put_bytes_always(out, kShapeDim, dim);
  }
  return out;
}

std::string encode_attribute(const GraphValue& value) {
  return std::visit(
      [](const auto& held) {
        std::string out;
        if constexpr (IsList<std::decay_t<decltype(held)>>::value) {
          std::string list;
          put_list(list, held);
          wire::put_bytes_always(out, kList, list);
        } else {
          put_one(out, held);
        }
        return out;
      },
      value.value());
}

}  // namespace tblog::internal
