// SPDX-License-Identifier: Apache-2.0
//
// Colours that stand for amounts and for order.

#ifndef TBLOG_TOOLS_TBLOG_COLOR_RAMP_H_
#define TBLOG_TOOLS_TBLOG_COLOR_RAMP_H_

#include <cstddef>
#include <string>
#include <vector>

namespace tblog::tool {

struct RgbColor {
  int red;
  int green;
  int blue;
};

// Of a share from 0 to 1: dark to bright for a terminal, in steps that look
// alike, also to those who do not see red or green.
RgbColor heat_color(double share);
// The same on white paper: light to dark.
RgbColor paper_heat_color(double share);

// "#rrggbb".
std::string hex_color(const RgbColor& color);
// The SGR sequence; `what`: 38 for the foreground, 48 for the background.
std::string sgr_color(int what, const RgbColor& color);

// Colours of the 256 for `count` ridges, the last one brightest.
std::vector<int> ridge_colors(size_t count);
// On paper, the last one darkest.
RgbColor paper_ridge_color(size_t index, size_t count);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_COLOR_RAMP_H_
