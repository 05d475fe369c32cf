// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <string>
#include <vector>

#include "tests/interop/cases/cases.h"

namespace cases {
namespace {

// Coordinate `axis` of vertex `i`: a multiple of 1/8.
double coordinate(int i, int axis) { return (i * (axis + 3) % 16 - 8) / 8.0; }

template <class T>
std::vector<T> vertices(int n) {
  std::vector<T> values;
  for (int i = 0; i < n; ++i)
    for (int axis = 0; axis < 3; ++axis)
      values.push_back(static_cast<T>(coordinate(i, axis)));
  return values;
}

std::vector<uint8_t> colors(int n) {
  std::vector<uint8_t> values;
  for (int i = 0; i < 3 * n; ++i)
    values.push_back(static_cast<uint8_t>(i * 7 % 256));
  return values;
}

// n - 2 triangles, each of three vertices in a row.
template <class T>
std::vector<T> faces(int n) {
  std::vector<T> values;
  for (int i = 0; i + 2 < n; ++i)
    for (int corner = 0; corner < 3; ++corner)
      values.push_back(static_cast<T>(i + corner));
  return values;
}

void write_clouds(SummaryWriter& writer) {
  const auto points = vertices<float>(10);
  writer.mesh("cloud", {{points.data(), {10, 3}}}, at(0));
  const auto rgb = colors(10);
  writer.mesh("coloured", {{points.data(), {10, 3}}, {}, {rgb.data(), {10, 3}}},
              at(0));
  // Two clouds of five at once, as doubles.
  const auto wide = vertices<double>(10);
  writer.mesh("batch", {{wide.data(), {2, 5, 3}}}, at(0));
  // [3, n] in memory.
  std::vector<float> columns(30);
  for (int i = 0; i < 10; ++i)
    for (int axis = 0; axis < 3; ++axis)
      columns[axis * 10 + i] = points[i * 3 + axis];
  writer.mesh("strided", {{columns.data(), {10, 3}, {1, 10}}}, at(0));
}

void write_meshes(SummaryWriter& writer) {
  write_clouds(writer);
  const auto points = vertices<float>(10);
  const auto triangles = faces<int32_t>(10);
  writer.mesh("faces", {{points.data(), {10, 3}}, {triangles.data(), {8, 3}}},
              at(0));
  const auto rgb = colors(10);
  const auto wide = faces<uint64_t>(10);
  for (int64_t step = 0; step < 3; ++step) {
    const std::vector<float> unit(30, static_cast<float>(step) / 2);
    writer.mesh("all parts",
                {{points.data(), {10, 3}},
                 {wide.data(), {8, 3}},
                 {unit.data(), {10, 3}},
                 R"({"camera": {"cls": "PerspectiveCamera", "fov": 75}})"},
                at(step));
  }
}

}  // namespace

Runs mesh_runs() { return {{"meshes", write_meshes}}; }

}  // namespace cases
