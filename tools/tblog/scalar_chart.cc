// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/scalar_chart.h"

#include "tools/tblog/display_text.h"
#include "tools/tblog/number.h"

namespace tblog::tool {
namespace {

double x_of(const ChosenSeries& chosen, size_t index, const std::string& x) {
  if (x == "step") return static_cast<double>(chosen.series.steps()[index]);
  const double wall_time = chosen.series.wall_times()[index];
  // Since the first value of all, also where --steps leaves it out.
  return x == "wall" ? wall_time
                     : wall_time - chosen.series.wall_times().front();
}

}  // namespace

SeriesByTag scalars_by_tag(const std::vector<ChosenSeries>& all) {
  SeriesByTag by_tag;
  for (const ChosenSeries& chosen : all) {
    if (chosen.series.kind() == ValueKind::kScalar)
      by_tag[chosen.series.tag()].push_back(&chosen);
  }
  return by_tag;
}

std::vector<double> chosen_values(const ChosenSeries& chosen) {
  std::vector<double> values;
  values.reserve(chosen.indices.size());
  for (const size_t i : chosen.indices)
    values.push_back(chosen.series.values()[i]);
  return values;
}

Chart scalar_chart(const std::string& tag,
                   const std::vector<const ChosenSeries*>& all,
                   const ScalarChartOptions& options) {
  Chart chart;
  chart.title = printable(tag);
  if (options.smooth > 0)
    chart.title += "  (smoothed " + format_value(options.smooth, 4) + ")";
  chart.x_scale = options.x_scale;
  chart.y_scale = options.y_scale;
  chart.y_low = options.y_low;
  chart.y_high = options.y_high;
  chart.ignore_outliers = options.ignore_outliers;
  chart.x_unit = options.x == "step"   ? XUnit::kStep
                 : options.x == "wall" ? XUnit::kWallTime
                                       : XUnit::kSeconds;
  for (const ChosenSeries* series : all) {
    Curve curve;
    curve.name = printable(series->run);
    for (const size_t i : series->indices)
      curve.x.push_back(x_of(*series, i, options.x));
    curve.y = chosen_values(*series);
    if (options.smooth > 0) {
      curve.faint = std::move(curve.y);
      curve.y = smoothed(curve.faint, options.smooth);
    }
    chart.curves.push_back(std::move(curve));
  }
  return chart;
}

}  // namespace tblog::tool
