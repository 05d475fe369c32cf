// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <string>
#include <vector>

#include "tests/interop/cases/cases.h"

namespace cases {
namespace {

// [rows, columns]: multiples of 1/10 from -1.6 to 1.5.
std::vector<float> matrix(int rows, int columns) {
  std::vector<float> made;
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j)
      made.push_back(static_cast<float>((i * 7 + j * 13) % 32 - 16) / 10.0f);
  }
  return made;
}

// [count, 3, 2]: height 3, width 2.
std::vector<uint8_t> pictures(int count) {
  std::vector<uint8_t> made;
  for (int i = 0; i < count * 6; ++i)
    made.push_back(static_cast<uint8_t>(i * 5 % 256));
  return made;
}

void write_embeddings(SummaryWriter& writer) {
  const std::vector<float> points = matrix(10, 4);
  const tblog::TensorView view(points.data(), {10, 4});
  std::vector<std::string> labels;
  std::vector<std::string> classes;
  for (int i = 0; i < 10; ++i) {
    labels.push_back("label\t" + std::to_string(i) + "\n");
    classes.push_back(i == 3 ? "" : "class \xc3\xbc " + std::to_string(i % 3));
  }
  labels[3] = "";
  const std::vector<uint8_t> images = pictures(10);
  writer.embedding("words", view, 5);
  writer.embedding("words", view, 6,
                   {.labels = labels,
                    .metadata = {{"class", classes}},
                    .sprite = {images.data(), {10, 3, 2}},
                    .sprite_layout = tblog::Layout::kHW});
  writer.embedding("labels only", view, 0, {.labels = labels});
  writer.embedding("../R&D/a+b:0", view, 0);
  writer.embedding("each step", view, 1, {.keep_steps = true});
  writer.embedding("each step", view, 2, {.keep_steps = true});
  const std::vector<float> many = matrix(4000, 256);
  writer.embedding("raw", {many.data(), {4000, 256}}, 0);
  // Raw zeros would be taken for text.
  const std::vector<float> zeros(4000 * 256);
  writer.embedding("zeros", {zeros.data(), {4000, 256}}, 0);
  writer.scalar("beside", 1, at(0));
}

}  // namespace

Runs embedding_runs() { return {{"embeddings", write_embeddings}}; }

}  // namespace cases
