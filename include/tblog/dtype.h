// SPDX-License-Identifier: Apache-2.0
//
// The element types that a tensor can have, and which C++ types stand for them.

#ifndef TBLOG_DTYPE_H_
#define TBLOG_DTYPE_H_

#include <complex>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace tblog {

// One element's type. The floats of 8 bits are those that machine learning
// frameworks use: of E4M3 the variant "FN" without infinities.
enum class DType : uint8_t {
  kFloat16,
  kBFloat16,
  kFloat32,
  kFloat64,
  kFloat8E4M3,
  kFloat8E5M2,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kBool,
  kComplex64,
  kComplex128,
};

// Bits of an IEEE 754 half, for pointers to such data:
// `TensorView(reinterpret_cast<const Float16*>(p), {n})`.
struct Float16 {
  uint16_t bits;
};

// Bits of a bfloat16: the upper half of a float32.
struct BFloat16 {
  uint16_t bits;
};

// Bits of an 8-bit float with 4 bits of exponent and 3 of mantissa: no
// infinities, one NaN a sign, at most ±448.
struct Float8E4M3 {
  uint8_t bits;
};

// Bits of an 8-bit float with 5 bits of exponent and 2 of mantissa: the upper
// half of an IEEE 754 half.
struct Float8E5M2 {
  uint8_t bits;
};

// Size of one element in bytes; 0 for a value that is no DType.
constexpr size_t dtype_size(DType dtype) noexcept {
  switch (dtype) {
    case DType::kFloat8E4M3:
    case DType::kFloat8E5M2:
    case DType::kInt8:
    case DType::kUint8:
    case DType::kBool:
      return 1;
    case DType::kFloat16:
    case DType::kBFloat16:
    case DType::kInt16:
    case DType::kUint16:
      return 2;
    case DType::kFloat32:
    case DType::kInt32:
    case DType::kUint32:
      return 4;
    case DType::kFloat64:
    case DType::kInt64:
    case DType::kUint64:
    case DType::kComplex64:
      return 8;
    case DType::kComplex128:
      return 16;
  }
  return 0;
}

// Short name as numpy spells it: "float32", "bfloat16", "bool"; "unknown" for a
// value that is no DType.
constexpr std::string_view dtype_name(DType dtype) noexcept {
  switch (dtype) {
    case DType::kFloat16:
      return "float16";
    case DType::kBFloat16:
      return "bfloat16";
    case DType::kFloat32:
      return "float32";
    case DType::kFloat64:
      return "float64";
    case DType::kFloat8E4M3:
      return "float8_e4m3";
    case DType::kFloat8E5M2:
      return "float8_e5m2";
    case DType::kInt8:
      return "int8";
    case DType::kInt16:
      return "int16";
    case DType::kInt32:
      return "int32";
    case DType::kInt64:
      return "int64";
    case DType::kUint8:
      return "uint8";
    case DType::kUint16:
      return "uint16";
    case DType::kUint32:
      return "uint32";
    case DType::kUint64:
      return "uint64";
    case DType::kBool:
      return "bool";
    case DType::kComplex64:
      return "complex64";
    case DType::kComplex128:
      return "complex128";
  }
  return "unknown";
}

constexpr bool dtype_is_float8(DType dtype) noexcept {
  return dtype == DType::kFloat8E4M3 || dtype == DType::kFloat8E5M2;
}

constexpr bool dtype_is_complex(DType dtype) noexcept {
  return dtype == DType::kComplex64 || dtype == DType::kComplex128;
}

namespace internal {

// The DType of a C++ type, or no member `value` where there is none (char, long
// double, pointers, …). Integers go by size and sign, so that `long` and `long
// long` both work.
template <class T, class = void>
struct DTypeOf {};

template <class T>
struct DTypeOf<T, std::enable_if_t<
                      std::is_integral_v<T> && !std::is_same_v<T, bool> &&
                      !std::is_same_v<T, char> && !std::is_same_v<T, wchar_t> &&
                      !std::is_same_v<T, char16_t> &&
                      !std::is_same_v<T, char32_t> && sizeof(T) <= 8>> {
  static constexpr DType value = std::is_signed_v<T>
                                     ? (sizeof(T) == 1   ? DType::kInt8
                                        : sizeof(T) == 2 ? DType::kInt16
                                        : sizeof(T) == 4 ? DType::kInt32
                                                         : DType::kInt64)
                                     : (sizeof(T) == 1   ? DType::kUint8
                                        : sizeof(T) == 2 ? DType::kUint16
                                        : sizeof(T) == 4 ? DType::kUint32
                                                         : DType::kUint64);
};
template <>
struct DTypeOf<bool> {
  static constexpr DType value = DType::kBool;
};
template <>
struct DTypeOf<Float16> {
  static constexpr DType value = DType::kFloat16;
};
template <>
struct DTypeOf<BFloat16> {
  static constexpr DType value = DType::kBFloat16;
};
template <>
struct DTypeOf<Float8E4M3> {
  static constexpr DType value = DType::kFloat8E4M3;
};
template <>
struct DTypeOf<Float8E5M2> {
  static constexpr DType value = DType::kFloat8E5M2;
};
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::kFloat32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::kFloat64;
};
template <>
struct DTypeOf<std::complex<float>> {
  static constexpr DType value = DType::kComplex64;
};
template <>
struct DTypeOf<std::complex<double>> {
  static constexpr DType value = DType::kComplex128;
};

template <class T, class = void>
struct IsElement : std::false_type {};
template <class T>
struct IsElement<T, std::void_t<decltype(DTypeOf<std::remove_cv_t<T>>::value)>>
    : std::true_type {};

}  // namespace internal
}  // namespace tblog

#endif  // TBLOG_DTYPE_H_
