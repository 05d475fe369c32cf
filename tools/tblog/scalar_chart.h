// SPDX-License-Identifier: Apache-2.0
//
// Series of scalars as a chart: which numbers are its x, and how its curves are
// smoothed.

#ifndef TBLOG_TOOLS_TBLOG_SCALAR_CHART_H_
#define TBLOG_TOOLS_TBLOG_SCALAR_CHART_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/tblog/chart.h"
#include "tools/tblog/selection.h"

namespace tblog::tool {

struct ScalarChartOptions {
  double smooth = 0;       // see smoothed()
  std::string x = "step";  // step, relative or wall
  AxisScale x_scale = AxisScale::kLinear;
  AxisScale y_scale = AxisScale::kLinear;
  std::optional<double> y_low = {};  // as of Chart
  std::optional<double> y_high = {};
  bool ignore_outliers = false;
};

// The chosen series of scalars by their tags.
using SeriesByTag = std::map<std::string, std::vector<const ChosenSeries*>>;
SeriesByTag scalars_by_tag(const std::vector<ChosenSeries>& all);

// The chosen values of a series of scalars.
std::vector<double> chosen_values(const ChosenSeries& chosen);

Chart scalar_chart(const std::string& tag,
                   const std::vector<const ChosenSeries*>& all,
                   const ScalarChartOptions& options);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_SCALAR_CHART_H_
