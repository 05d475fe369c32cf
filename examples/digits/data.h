// SPDX-License-Identifier: Apache-2.0
//
// The handwritten digits of the UCI collection; see data/README.md.

#ifndef EXAMPLES_DIGITS_DATA_H_
#define EXAMPLES_DIGITS_DATA_H_

#include <span>
#include <string>
#include <vector>

#include "digits/random.h"
#include "digits/tensor.h"

namespace digits {

inline constexpr Index kImageSize = 8;  // height and width, in pixels

struct Dataset {
  Tensor images;  // [count, 1, 8, 8] in [0, 1], 1 is ink
  std::vector<int> labels;

  Index size() const { return images.dim(0); }
};

// Reads gzipped lines of 64 pixels (0–16) and a label, separated by commas.
// Throws std::runtime_error, with file and line, where it cannot.
Dataset read_digits(const std::string& path);

struct Split {
  Dataset train;
  Dataset test;
};

// The last `test_count` items are held out.
Split split(const Dataset& all, Index test_count);

// The items at `indices`, in that order.
Dataset select(const Dataset& all, std::span<const Index> indices);

// Moves a third of the images by a pixel up or down, and a third of them by a
// pixel to a side, at random. What comes in is blank.
void jitter(Tensor& images, Random& random);

}  // namespace digits

#endif  // EXAMPLES_DIGITS_DATA_H_
