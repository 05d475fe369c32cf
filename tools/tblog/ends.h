// SPDX-License-Identifier: Apache-2.0
//
// The first or last few values of series: what head and tail print.

#ifndef TBLOG_TOOLS_TBLOG_ENDS_H_
#define TBLOG_TOOLS_TBLOG_ENDS_H_

#include <ostream>
#include <string>
#include <vector>

#include "tools/tblog/selection.h"
#include "tools/tblog/terminal.h"

namespace tblog::tool {

enum class End : unsigned char { kFirst, kLast };

// Up to `count` of them.
std::vector<size_t> indices_at(const ChosenSeries& chosen, End end,
                               size_t count);

// The chosen series, each cut to these values, as a table or as --json of
// `show`. False: something could not be read, which `err` was told.
bool print_ends(const ChosenLogs& chosen, End end, size_t count, bool json,
                const Terminal& terminal, std::ostream& out, std::ostream& err);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_ENDS_H_
