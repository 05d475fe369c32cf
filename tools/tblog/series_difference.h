// SPDX-License-Identifier: Apache-2.0
//
// Where two series of one tag part.

#ifndef TBLOG_TOOLS_TBLOG_SERIES_DIFFERENCE_H_
#define TBLOG_TOOLS_TBLOG_SERIES_DIFFERENCE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/tblog/selection.h"

namespace tblog::tool {

// How far two numbers may be apart: `absolute` + `relative` times the larger
// magnitude of the two.
struct Tolerance {
  double absolute = 0;
  double relative = 0;

  // NaN is like NaN, and each infinity like itself.
  bool allows(double a, double b) const;
};

// Tolerances by tag, as the command line gives them.
class Tolerances {
 public:
  // "TAG=NUMBER" or "NUMBER" (for every tag); TAG is a glob. Throw Failure.
  void add_absolute(const std::string& text);
  void add_relative(const std::string& text);

  // Of those that match, the last one of each sort counts.
  Tolerance of(const std::string& tag) const;

 private:
  struct Entry {
    std::string glob;
    double value;
  };
  static Entry parse(const std::string& option, const std::string& text);

  std::vector<Entry> absolute_;
  std::vector<Entry> relative_;
};

struct SeriesDifference {
  // Values that part: beyond the tolerance, or at a step that the other has
  // not.
  uint64_t count = 0;
  uint64_t compared = 0;
  // At the first of them.
  int64_t step = 0;
  std::string reason;       // "value", "step only in A", "step only in B"
  std::optional<double> a;  // scalars only
  std::optional<double> b;
  // The largest distance of two numbers at one step, and where; infinite where
  // one of the two is not finite. None: there are no numbers, or none parts.
  std::optional<double> largest;
  int64_t largest_step = 0;
};

// Scalars, histograms, tensors and PR curves are compared number by number, all
// else byte by byte; wall times are not compared. Throws UnreadableValue.
SeriesDifference difference(const ChosenSeries& a, const ChosenSeries& b,
                            const Tolerance& tolerance);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_SERIES_DIFFERENCE_H_
