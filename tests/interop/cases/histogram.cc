// SPDX-License-Identifier: Apache-2.0

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/interop/cases/cases.h"

namespace cases {
namespace {

// The numbers 0…99, each `repeat` times, as another type.
template <class T>
void write_integers(SummaryWriter& writer, const std::string& name) {
  std::vector<T> values;
  for (int i = 0; i < 1000; ++i) values.push_back(static_cast<T>(i % 100));
  writer.histogram("dtype/" + name, values, at(0));
}

void write_dtype_histograms(SummaryWriter& writer) {
  write_integers<int8_t>(writer, "int8");
  write_integers<int16_t>(writer, "int16");
  write_integers<int32_t>(writer, "int32");
  write_integers<int64_t>(writer, "int64");
  write_integers<uint8_t>(writer, "uint8");
  write_integers<uint16_t>(writer, "uint16");
  write_integers<uint32_t>(writer, "uint32");
  write_integers<uint64_t>(writer, "uint64");
  write_integers<float>(writer, "float32");
  write_integers<double>(writer, "float64");
  const bool bits[] = {true, false, true, true};
  writer.histogram("dtype/bool", tblog::TensorView(bits), at(0));
  // 1, 1.5, 2, -2, the smallest denormal, infinity.
  const std::array<tblog::Float16, 6> halves{
      {{0x3c00}, {0x3e00}, {0x4000}, {0xc000}, {0x0001}, {0x7c00}}};
  writer.histogram("dtype/float16", {halves.data(), {6}}, at(0));
  const std::array<tblog::BFloat16, 4> brains{
      {{0x3f80}, {0x3fc0}, {0x4000}, {0xc000}}};  // 1, 1.5, 2, -2
  writer.histogram("dtype/bfloat16", {brains.data(), {4}}, at(0));
  const tblog::Float8E4M3 e4m3[] = {{0x38}, {0x3c}, {0x40}, {0xc0}};
  writer.histogram("dtype/float8_e4m3", e4m3, at(0));
  const tblog::Float8E5M2 e5m2[] = {{0x3c}, {0x3e}, {0x40}, {0xc0}};
  writer.histogram("dtype/float8_e5m2", e5m2, at(0));
}

void write_histograms(SummaryWriter& writer) {
  for (int64_t step = 0; step < 3; ++step) {
    writer.histogram("bell", bell(10'000, static_cast<uint32_t>(step)),
                     at(step));
  }
  const std::vector<float> values = bell(1000, 42);
  writer.histogram("seven buckets", values, at(0), {.buckets = 7});
  writer.histogram("grid", std::vector<double>(values.begin(), values.end()),
                   at(0), {.scale = tblog::Scale::kTensorFlow});
  writer.histogram(
      "explicit", values, at(0),
      {.scale = tblog::Scale::kExplicit, .edges = {-1, -0.5, 0, 0.25, 3}});
  // Every second number, backwards.
  writer.histogram("strided", {values.data() + 998, {500}, {-2}}, at(0));
  writer.histogram("constant", std::vector<float>(5, 2.5f), at(0));
  writer.histogram("empty", std::vector<float>(), at(0));
  writer.histogram("all NaN", std::vector<double>(4, kNaN), at(0));
  writer.histogram(
      "some NaN",
      std::vector<double>{1, kNaN, 2, kInfinity, kInfinity, -kInfinity, 3},
      at(0));
  writer.histogram("extremes", std::vector<double>{-1.7e308, 0, 1.7e308},
                   at(0));
  writer.histogram("denormals",
                   std::vector<double>{5e-324, 1e-323, 2e-323, 2e-323}, at(0));
  tblog::Histogram counted;
  counted.min = -1, counted.max = 4, counted.num = 9;
  counted.edges = {-1, 1, 4};
  counted.counts = {4, 5};
  writer.histogram("counted", counted, at(0));
  writer.histogram(
      "called", [&] { return values; }, at(0));
  write_dtype_histograms(writer);
}

}  // namespace

std::vector<float> bell(int n, uint32_t seed) {
  auto next = [&seed] {
    seed = seed * 1664525u + 1013904223u;
    return static_cast<int>(seed >> 18);
  };
  std::vector<float> values;
  for (int i = 0; i < n; ++i) {
    const int sum = next() + next() + next();
    values.push_back(static_cast<float>(sum - 24576) / 4096.0f);
  }
  return values;
}

Runs histogram_runs() { return {{"histograms", write_histograms}}; }

}  // namespace cases
