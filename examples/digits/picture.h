// SPDX-License-Identifier: Apache-2.0
//
// Digits as pictures, for TensorBoard and for the terminal.

#ifndef EXAMPLES_DIGITS_PICTURE_H_
#define EXAMPLES_DIGITS_PICTURE_H_

#include <string>
#include <vector>

#include "digits/tensor.h"

namespace digits {

// `images`, [count, 1, height, width] in [0, 1], side by side in rows of
// `columns`, each pixel `zoom` wide and high, half of that between them, as
// [height, width].
Tensor mosaic(const Tensor& images, Index columns, Index zoom);

// The channels of `[1, channels, height, width]` side by side as lines of text,
// each from its smallest value (blank) to its largest (solid).
std::vector<std::string> draw_channels(const Tensor& images,
                                       Index max_channels);

}  // namespace digits

#endif  // EXAMPLES_DIGITS_PICTURE_H_
