// SPDX-License-Identifier: Apache-2.0

#include "src/histogram/edges.h"

#include <algorithm>
#include <cmath>

namespace tblog::internal {
namespace {

// To a binary float of `mantissa_bits` stored bits whose smallest normal number
// is 2^min_exponent.
double round_to_float(double x, int mantissa_bits, int min_exponent) {
  if (x == 0) return x;
  const int exponent = std::max(std::ilogb(x), min_exponent);
  const int quantum = exponent - mantissa_bits;
  return std::ldexp(std::nearbyint(std::ldexp(x, -quantum)), quantum);
}

constexpr std::array<double, 2 * kGridPositives + 1> make_grid() {
  std::array<double, 2 * kGridPositives + 1> grid{};
  double limit = 1e-12;
  for (size_t i = 1; i <= kGridPositives; ++i) {
    grid[kGridPositives + i] = limit;
    grid[kGridPositives - i] = -limit;
    limit *= 1.1;
  }
  return grid;
}

constexpr auto kGrid = make_grid();
static_assert(kGrid.back() < 1e20 && kGrid.back() * 1.1 >= 1e20);

}  // namespace

double round_to(DType dtype, double x) {
  switch (dtype) {
    case DType::kFloat16:
      return round_to_float(x, 10, -14);
    case DType::kBFloat16:
      return round_to_float(x, 7, -126);
    case DType::kFloat8E4M3:
      return round_to_float(x, 3, -6);
    case DType::kFloat8E5M2:
      return round_to_float(x, 2, -14);
    case DType::kFloat32:
      return static_cast<double>(static_cast<float>(x));
    case DType::kInt8:
    case DType::kInt16:
    case DType::kInt32:
    case DType::kInt64:
    case DType::kUint8:
    case DType::kUint16:
    case DType::kUint32:
    case DType::kUint64:
    case DType::kBool:
      return std::nearbyint(x);
    case DType::kFloat64:
    case DType::kComplex64:
    case DType::kComplex128:
      break;
  }
  return x;
}

std::vector<double> linear_edges(DType dtype, double lo, double hi,
                                 int buckets) {
  if (lo == hi) return {lo, hi};
  // i·(hi - lo) must not overflow: 2^-16 is less than 1 / (2 · 10,000). A power
  // of two, and a division between product and sum, leave a compiler nothing to
  // contract that would change a bit.
  const bool huge = std::max(std::fabs(lo), std::fabs(hi)) > 0x1p1000;
  const double scale = huge ? 0x1p-16 : 1;
  const double begin = lo * scale;
  const double width = hi * scale - begin;
  std::vector<double> edges;
  edges.reserve(static_cast<size_t>(buckets) + 1);
  edges.push_back(lo);
  for (int i = 1; i < buckets; ++i) {
    const double offset = (i * width) / buckets;
    const double edge = round_to(dtype, (begin + offset) / scale);
    const double clamped = std::clamp(edge, lo, hi);
    if (clamped != edges.back()) edges.push_back(clamped);
  }
  edges.push_back(hi);
  return edges;
}

const std::array<double, 2 * kGridPositives + 1>& tensorflow_grid() {
  return kGrid;
}

}  // namespace tblog::internal
