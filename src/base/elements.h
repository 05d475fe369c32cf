// SPDX-License-Identifier: Apache-2.0
//
// The elements of a TensorView, without a copy of the tensor: runs in memory,
// blocks of plain numbers, one value, or raw little-endian bytes. Memory need
// not be aligned to the elements. Thread-safe.
//
//   for_each_block<float>(view, [&](const float* x, size_t n) { … });

#ifndef TBLOG_SRC_BASE_ELEMENTS_H_
#define TBLOG_SRC_BASE_ELEMENTS_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tblog/dtype.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

// InvalidArgument with the reason where the CPU cannot read the view: invalid,
// or memory of a device.
absl::Status check_host_view(const TensorView& view);

// ---- One element ----

// Exact. Without the CPU's instruction for it (F16C), and without float
// denormals on the way, so that a thread that flushes them reads right too.
inline float to_float(Float16 half) {
  const uint32_t sign = uint32_t{half.bits & 0x8000u} << 16;
  const uint32_t exponent = (half.bits >> 10) & 0x1fu;
  const uint32_t mantissa = half.bits & 0x3ffu;
  if (exponent == 0) {  // zero or denormal: mantissa · 2^-24
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return std::bit_cast<float>(std::bit_cast<uint32_t>(magnitude) | sign);
  }
  const uint32_t rebiased = exponent == 0x1f ? 0xffu : exponent + (127 - 15);
  return std::bit_cast<float>(sign | (rebiased << 23) | (mantissa << 13));
}

inline float to_float(BFloat16 value) {
  return std::bit_cast<float>(uint32_t{value.bits} << 16);
}

// Exact. The upper half of a Float16.
inline float to_float(Float8E5M2 value) {
  return to_float(Float16{static_cast<uint16_t>(value.bits << 8)});
}

// Exact. Source: "FP8 Formats for Deep Learning", arXiv:2209.05433, table 1:
// the top exponent is one like any other but for its last mantissa, NaN.
inline float to_float(Float8E4M3 value) {
  const uint32_t sign = uint32_t{value.bits & 0x80u} << 24;
  const uint32_t exponent = (value.bits >> 3) & 0xfu;
  const uint32_t mantissa = value.bits & 0x7u;
  if (exponent == 0) {  // zero or denormal: mantissa · 2^-9
    const float magnitude = static_cast<float>(mantissa) * 0x1p-9f;
    return std::bit_cast<float>(std::bit_cast<uint32_t>(magnitude) | sign);
  }
  const bool is_nan = (value.bits & 0x7f) == 0x7f;
  const uint32_t bits =
      is_nan ? 0x7fc00000u : (exponent + (127 - 7)) << 23 | mantissa << 20;
  return std::bit_cast<float>(sign | bits);
}

// The element type `bool`, whose bytes in memory may be any; all but 0 are
// true.
struct BoolByte {
  uint8_t byte;
};

// Whether T is a float of fewer bits than C++ has.
template <class T>
inline constexpr bool kIsSmallFloat =
    std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16> ||
    std::is_same_v<T, Float8E4M3> || std::is_same_v<T, Float8E5M2>;

// Whether T is the element type of floats.
template <class T>
inline constexpr bool kIsFloat =
    kIsSmallFloat<T> || std::is_floating_point_v<T>;

// The element at `p`, which need not be aligned, as a number: float for floats
// of up to 32 bits, T itself for the other types, uint8_t 0 or 1 for bool.
template <class T>
inline auto load_element(const char* p) {
  T element;
  std::memcpy(&element, p, sizeof element);
  if constexpr (kIsSmallFloat<T>) {
    return to_float(element);
  } else if constexpr (std::is_same_v<T, BoolByte>) {
    return static_cast<uint8_t>(element.byte != 0);
  } else {
    return element;
  }
}

// Calls visit(std::type_identity<T>{}) with the T of load_element for `dtype`
// and returns true; false for complex types.
template <class F>
bool visit_real(DType dtype, F&& visit) {
  const auto call = [&]<class T>(std::type_identity<T> type) {
    visit(type);
    return true;
  };
  switch (dtype) {
    case DType::kFloat16:
      return call(std::type_identity<Float16>{});
    case DType::kBFloat16:
      return call(std::type_identity<BFloat16>{});
    case DType::kFloat8E4M3:
      return call(std::type_identity<Float8E4M3>{});
    case DType::kFloat8E5M2:
      return call(std::type_identity<Float8E5M2>{});
    case DType::kFloat32:
      return call(std::type_identity<float>{});
    case DType::kFloat64:
      return call(std::type_identity<double>{});
    case DType::kInt8:
      return call(std::type_identity<int8_t>{});
    case DType::kInt16:
      return call(std::type_identity<int16_t>{});
    case DType::kInt32:
      return call(std::type_identity<int32_t>{});
    case DType::kInt64:
      return call(std::type_identity<int64_t>{});
    case DType::kUint8:
      return call(std::type_identity<uint8_t>{});
    case DType::kUint16:
      return call(std::type_identity<uint16_t>{});
    case DType::kUint32:
      return call(std::type_identity<uint32_t>{});
    case DType::kUint64:
      return call(std::type_identity<uint64_t>{});
    case DType::kBool:
      return call(std::type_identity<BoolByte>{});
    case DType::kComplex64:
    case DType::kComplex128:
      break;
  }
  return false;
}

// ---- Runs in memory ----

enum class Order : uint8_t {
  kRowMajor,
  kAny,  // what gives the longest runs: each element once, in memory's order
};

// `count` elements, `stride` bytes (maybe 0 or negative) from one to the next.
struct ElementRun {
  const char* data;
  int64_t count;
  int64_t stride;
};

// The axes of a view with those joined that lie in memory like one; strides in
// bytes. rank >= 1; `data` is the first element in the order of the axes.
struct JoinedAxes {
  const char* data;
  size_t rank;
  int64_t size[TensorView::kMaxRank];
  int64_t stride[TensorView::kMaxRank];
};
JoinedAxes join_axes(const TensorView& view, Order order);

// Calls visit(ElementRun) for all elements of a view that check_host_view()
// accepts; a contiguous tensor is one run.
template <class F>
void for_each_run(const TensorView& view, Order order, F&& visit) {
  if (view.size() == 0) return;
  const JoinedAxes axes = join_axes(view, order);
  const size_t inner = axes.rank - 1;
  int64_t index[TensorView::kMaxRank] = {};
  int64_t offset = 0;
  for (;;) {
    visit(ElementRun{axes.data + offset, axes.size[inner], axes.stride[inner]});
    size_t axis = inner;
    for (;;) {
      if (axis == 0) return;
      --axis;
      if (++index[axis] < axes.size[axis]) break;
      offset -= axes.stride[axis] * (axes.size[axis] - 1);
      index[axis] = 0;
    }
    offset += axes.stride[axis];
  }
}

// ---- Blocks of numbers ----

constexpr size_t kBlockElements = 1024;

// Float where it holds every T exactly, else double. (64-bit integers beyond
// 2^53 become the nearest double.)
template <class T>
using BlockValue =
    std::conditional_t<(sizeof(T) > 2) && !std::is_same_v<T, float>, double,
                       float>;

// Whether the run is an array of T that can be read as one.
template <class T>
bool is_array(const ElementRun& run) {
  return run.stride == int64_t{sizeof(T)} &&
         reinterpret_cast<uintptr_t>(run.data) % alignof(T) == 0;
}

// Calls visit(const BlockValue<T>* values, size_t n) with 1 <= n <=
// kBlockElements for all elements, T being the view's element type. An array of
// float or double is visited where it lies; all else goes through a buffer on
// the stack, by widen(const char* p, size_t n, BlockValue<T>* out) where it is
// an array of T, at any address.
template <class T, class F, class W>
void for_each_block(const TensorView& view, Order order, F&& visit, W&& widen) {
  using V = BlockValue<T>;
  V buffer[kBlockElements];
  size_t filled = 0;
  for_each_run(view, order, [&](const ElementRun& run) {
    int64_t i = 0;
    if constexpr (std::is_same_v<T, V>) {
      if (filled == 0 && is_array<T>(run)) {
        const V* values = reinterpret_cast<const V*>(run.data);
        for (; run.count - i >= int64_t{kBlockElements}; i += kBlockElements) {
          visit(values + i, kBlockElements);
        }
      }
    }
    while (i < run.count) {
      const auto room = static_cast<int64_t>(kBlockElements - filled);
      const int64_t n = run.count - i < room ? run.count - i : room;
      const char* p = run.data + i * run.stride;
      if (run.stride == int64_t{sizeof(T)}) {
        widen(p, static_cast<size_t>(n), buffer + filled);
      } else {
        for (int64_t k = 0; k < n; ++k) {
          buffer[filled + static_cast<size_t>(k)] =
              static_cast<V>(load_element<T>(p + k * run.stride));
        }
      }
      i += n;
      filled += static_cast<size_t>(n);
      if (filled == kBlockElements) {
        visit(static_cast<const V*>(buffer), filled);
        filled = 0;
      }
    }
  });
  if (filled > 0) visit(static_cast<const V*>(buffer), filled);
}

// What for_each_block does with an array unless it is told a faster way.
template <class T>
void widen_array(const char* p, size_t n, BlockValue<T>* out) {
  for (size_t i = 0; i < n; ++i) {
    out[i] = static_cast<BlockValue<T>>(load_element<T>(p + i * sizeof(T)));
  }
}

template <class T, class F>
void for_each_block(const TensorView& view, Order order, F&& visit) {
  for_each_block<T>(view, order, visit, widen_array<T>);
}

// ---- Whole tensors ----

// The value of a view of one element, of any rank and real dtype. Errors:
// InvalidArgument.
absl::StatusOr<double> single_value(const TensorView& view);

// Appends all elements, row-major and without gaps, each in little-endian
// order; complex: real, then imaginary part; bool: bytes 0 and 1. Errors:
// InvalidArgument.
absl::Status append_little_endian(const TensorView& view, std::string& out);

// The same with the bytes of each number reversed; on a big-endian host this
// is append_little_endian.
void append_elements(const TensorView& view, bool reverse_bytes,
                     std::string& out);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_BASE_ELEMENTS_H_
