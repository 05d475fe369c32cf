// SPDX-License-Identifier: Apache-2.0
//
// Numbers as bars of block characters.

#ifndef TBLOG_TOOLS_TBLOG_BARS_H_
#define TBLOG_TOOLS_TBLOG_BARS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tblog::tool {

// `share` from 0 to 1; 0 for NaN, which what lies in a file can come to.
double within_unit(double share);

std::string repeated(std::string_view text, size_t count);

// `share` (within_unit() of it) of `columns`, from the left.
std::string bar(double share, int columns, bool ascii);

// A bar a share, likewise, from below.
std::string upright_bars(const std::vector<double>& shares, bool ascii);

// `values` as a line of upright bars, each as high as the mean of its share of
// them; `columns` or fewer. Empty for fewer than two finite values.
std::string sparkline(const std::vector<double>& values, size_t columns,
                      bool ascii);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_BARS_H_
