// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/ends.h"

#include <algorithm>

#include "tools/tblog/describe.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/number.h"
#include "tools/tblog/table.h"
#include "tools/tblog/value_json.h"

namespace tblog::tool {
namespace {

void print_one(const ChosenSeries& chosen, const std::vector<size_t>& indices,
               const Terminal& terminal, std::ostream& out) {
  const Series& series = chosen.series;
  out << styled(terminal, Style::kCyan, printable(chosen.run)) << "  "
      << styled(terminal, Style::kBold, printable(series.tag())) << "  "
      << value_kind_name(series.kind()) << ", " << indices.size() << " of "
      << format_count(chosen.indices.size(), "value") << '\n';
  Table table({{.title = "STEP", .align = Align::kRight},
               {.title = "VALUE", .shorten = Shorten::kEnd},
               {.title = "WALL TIME", .style = Style::kDim, .expendable = 1}});
  for (const size_t index : indices)
    table.add({std::to_string(series.steps()[index]), describe(series, index),
               format_wall_time(series.wall_times()[index])});
  table.print(out, terminal, "  ");
}

}  // namespace

std::vector<size_t> indices_at(const ChosenSeries& chosen, End end,
                               size_t count) {
  const std::vector<size_t>& all = chosen.indices;
  const auto n = static_cast<std::ptrdiff_t>(std::min(count, all.size()));
  if (end == End::kFirst) return {all.begin(), all.begin() + n};
  return {all.end() - n, all.end()};
}

bool print_ends(const ChosenLogs& chosen, End end, size_t count, bool json,
                const Terminal& terminal, std::ostream& out,
                std::ostream& err) {
  bool all_read = true;
  if (chosen.series.empty() && !json)
    out << "no values yet: the event files hold none\n";
  for (const ChosenSeries& series : chosen.series) {
    if (!out.good()) break;  // the reader of our output went away
    if (!json && &series != &chosen.series.front()) out << '\n';
    const std::vector<size_t> indices = indices_at(series, end, count);
    try {
      if (!json) print_one(series, indices, terminal, out);
      for (const size_t index : json ? indices : std::vector<size_t>())
        out << json_line(json_point(series.run, series.series, index));
    } catch (const UnreadableValue& error) {
      all_read = false;
      err << "tblog: warning: " << printable(series.run) << " "
          << printable(series.series.tag()) << ": " << printable(error.what())
          << '\n';
    }
  }
  return all_read;
}

}  // namespace tblog::tool
