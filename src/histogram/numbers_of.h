// SPDX-License-Identifier: Apache-2.0
//
// The numbers of a tensor in blocks, by the kernels of this CPU.

#ifndef TBLOG_SRC_HISTOGRAM_NUMBERS_OF_H_
#define TBLOG_SRC_HISTOGRAM_NUMBERS_OF_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "src/base/elements.h"
#include "src/histogram/kernels.h"

namespace tblog::internal {

static_assert(kBlockElements <= kKernelValues);

// An integer of 64 bits in memory whose number is the largest double that is
// not above it.
template <class T>
struct Floored {
  T x;
  explicit operator double() const {
    const auto nearest = static_cast<double>(x);
    // Both are integers; compared as such, where the double is one of T.
    constexpr double kBeyond = std::is_signed_v<T> ? 0x1p63 : 0x1p64;
    const bool is_above = nearest >= kBeyond || static_cast<T>(nearest) > x;
    const auto bits = std::bit_cast<int64_t>(nearest);
    return std::bit_cast<double>(bits - (nearest > 0 ? is_above : -is_above));
  }
};

// T itself, but floored where doubles cannot hold all of it.
template <class T>
using CountedElement = std::conditional_t<
    std::is_integral_v<T> && sizeof(T) == 8,
    Floored<std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>>, T>;

template <class V>
const ValueKernels<V>& value_kernels() {
  if constexpr (std::is_same_v<V, float>) {
    return kernels().float32;
  } else {
    return kernels().float64;
  }
}

template <class T>
auto widening_kernel() -> void (*)(const char*, size_t, BlockValue<T>*) {
  const WideningKernels& widening = kernels().widening;
  if constexpr (std::is_same_v<T, Float16>)
    return widening.float16;
  else if constexpr (std::is_same_v<T, BFloat16>)
    return widening.bfloat16;
  else if constexpr (std::is_same_v<T, int16_t>)
    return widening.int16;
  else if constexpr (std::is_same_v<T, uint16_t>)
    return widening.uint16;
  else if constexpr (std::is_same_v<T, int32_t>)
    return widening.int32;
  else if constexpr (std::is_same_v<T, uint32_t>)
    return widening.uint32;
  else if constexpr (std::is_same_v<T, int64_t>)
    return widening.int64;
  else if constexpr (std::is_same_v<T, uint64_t>)
    return widening.uint64;
  else if constexpr (std::is_same_v<T, Floored<int64_t>>)
    return widening.floored_int64;
  else if constexpr (std::is_same_v<T, Floored<uint64_t>>)
    return widening.floored_uint64;
  else
    return nullptr;
}

// for_each_block() in any order.
template <class T, class F>
void for_numbers_of(const TensorView& view, F&& visit) {
  auto* widen = widening_kernel<T>();
  for_each_block<T>(view, Order::kAny, visit,
                    widen != nullptr ? widen : widen_array<T>);
}

// ---- Elements of one byte ----

template <class T>
inline constexpr bool kIsByte = sizeof(T) == 1;

// How often each byte is in the view, of a type of one byte.
struct ByteCounts {
  uint64_t of[256];
};
ByteCounts count_bytes(const TensorView& view);

// Calls visit(double number, uint64_t count) for each byte that there is.
template <class T, class F>
void for_bytes_of(const TensorView& view, F&& visit) {
  const ByteCounts counts = count_bytes(view);
  for (int byte = 0; byte < 256; ++byte) {
    if (counts.of[byte] == 0) continue;
    const auto element = static_cast<char>(byte);
    visit(static_cast<double>(load_element<T>(&element)), counts.of[byte]);
  }
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HISTOGRAM_NUMBERS_OF_H_
