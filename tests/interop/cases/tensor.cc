// SPDX-License-Identifier: Apache-2.0

#include <complex>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "tests/interop/cases/cases.h"

namespace cases {
namespace {

template <class T>
void write_tensor(SummaryWriter& writer, const std::string& name) {
  std::vector<T> values;
  for (int i = 0; i < 6; ++i) values.push_back(static_cast<T>(i * 20));
  writer.tensor(name, {values.data(), {2, 3}}, at(0));
}

void write_tensors(SummaryWriter& writer) {
  write_tensor<int8_t>(writer, "int8");
  write_tensor<int16_t>(writer, "int16");
  write_tensor<int32_t>(writer, "int32");
  write_tensor<int64_t>(writer, "int64");
  write_tensor<uint8_t>(writer, "uint8");
  write_tensor<uint16_t>(writer, "uint16");
  write_tensor<uint32_t>(writer, "uint32");
  write_tensor<uint64_t>(writer, "uint64");
  write_tensor<float>(writer, "float32");
  write_tensor<double>(writer, "float64");
  write_tensor<std::complex<float>>(writer, "complex64");
  write_tensor<std::complex<double>>(writer, "complex128");
  const bool bits[] = {true, false, true};
  writer.tensor("bool", bits, at(0));
  const tblog::Float16 halves[] = {{0x3c00}, {0xc000}};  // 1, -2
  writer.tensor("float16", halves, at(0));
  const double one = 2.5;
  writer.tensor("rank 0", {&one, {}}, at(0));
  writer.tensor("empty", {&one, {0, 3}}, at(0));
  std::vector<int32_t> grid(12);
  std::iota(grid.begin(), grid.end(), 0);
  writer.tensor("transposed", {grid.data(), {4, 3}, {1, 4}}, at(0));
}

// Written as float32, which is said.
void write_widened_tensors(SummaryWriter& writer) {
  const tblog::BFloat16 brains[] = {{0x3f80}, {0xc000}};  // 1, -2
  writer.tensor("bfloat16", brains, at(0));
  std::vector<uint8_t> all(256);
  std::iota(all.begin(), all.end(), uint8_t{0});
  const int64_t shape[] = {16, 16};
  writer.tensor("float8_e4m3",
                {all.data(), tblog::DType::kFloat8E4M3, shape, 2}, at(0));
  writer.tensor("float8_e5m2",
                {all.data(), tblog::DType::kFloat8E5M2, shape, 2}, at(0));
}

}  // namespace

Runs tensor_runs() {
  return {{"tensors", write_tensors},
          {"widened tensors", write_widened_tensors, kReported}};
}

}  // namespace cases
