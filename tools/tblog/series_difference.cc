// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/series_difference.h"

#include <algorithm>
#include <cmath>

#include "tools/tblog/display_text.h"
#include "tools/tblog/number.h"
#include "tools/tblog/value_json.h"

namespace tblog::tool {
namespace {

// What of a value is compared.
struct Content {
  std::vector<double> numbers;
  std::string rest;  // shape, bytes
};

Content content_of(const Series& series, size_t index) {
  Content content;
  switch (series.kind()) {
    case ValueKind::kScalar:
      content.numbers = {series.values()[index]};
      return content;
    case ValueKind::kHistogram: {
      const HistogramValue value = value_or_throw(series.histogram(index));
      for (const HistogramBucket& bucket : value.buckets)
        content.numbers.insert(content.numbers.end(),
                               {bucket.left, bucket.right, bucket.count});
      return content;
    }
    case ValueKind::kTensor: {
      TensorValue value = value_or_throw(series.tensor(index));
      content.rest = json_shape(value.shape).dump();
      auto numbers = value.numbers();
      if (numbers.ok())
        content.numbers = *std::move(numbers);
      else
        content.rest += json_line(json_value(series, index));
      return content;
    }
    case ValueKind::kPrCurve: {
      const PrCurveValue value = value_or_throw(series.pr_curve(index));
      for (const auto* row :
           {&value.thresholds, &value.true_positives, &value.false_positives,
            &value.true_negatives, &value.false_negatives, &value.precision,
            &value.recall})
        content.numbers.insert(content.numbers.end(), row->begin(), row->end());
      return content;
    }
    default:
      content.rest = json_line(json_value(series, index, Blobs::kBase64));
      return content;
  }
}

double distance(double a, double b) {
  if ((std::isnan(a) && std::isnan(b)) || a == b) return 0;
  const double d = std::abs(a - b);
  return std::isnan(d) ? HUGE_VAL : d;
}

class Comparison {
 public:
  Comparison(const ChosenSeries& a, const ChosenSeries& b,
             const Tolerance& tolerance)
      : a_(a), b_(b), tolerance_(tolerance) {}

  SeriesDifference run() {
    size_t i = 0;
    size_t k = 0;
    while (i < a_.indices.size() || k < b_.indices.size()) {
      if (k == b_.indices.size()) {
        only(step_of(a_, i++), "step only in A");
      } else if (i == a_.indices.size()) {
        only(step_of(b_, k++), "step only in B");
      } else if (step_of(a_, i) < step_of(b_, k)) {
        only(step_of(a_, i++), "step only in A");
      } else if (step_of(b_, k) < step_of(a_, i)) {
        only(step_of(b_, k++), "step only in B");
      } else {
        compare(a_.indices[i++], b_.indices[k++]);
      }
    }
    return result_;
  }

 private:
  static int64_t step_of(const ChosenSeries& chosen, size_t i) {
    return chosen.series.steps()[chosen.indices[i]];
  }

  void only(int64_t step, const char* reason) {
    if (result_.count++ > 0) return;
    result_.step = step;
    result_.reason = reason;
  }

  void compare(size_t at_a, size_t at_b) {
    ++result_.compared;
    const Content a = content_of(a_.series, at_a);
    const Content b = content_of(b_.series, at_b);
    const int64_t step = a_.series.steps()[at_a];
    bool parts = a.rest != b.rest || a.numbers.size() != b.numbers.size();
    double largest = 0;
    for (size_t i = 0; i < std::min(a.numbers.size(), b.numbers.size()); ++i) {
      if (tolerance_.allows(a.numbers[i], b.numbers[i])) continue;
      parts = true;
      largest = std::max(largest, distance(a.numbers[i], b.numbers[i]));
    }
    if (!parts) return;
    if (result_.count == 0 && a_.series.kind() == ValueKind::kScalar) {
      result_.a = a.numbers.front();
      result_.b = b.numbers.front();
    }
    only(step, "value");
    if (largest > result_.largest.value_or(0)) {
      result_.largest = largest;
      result_.largest_step = step;
    }
  }

  const ChosenSeries& a_;
  const ChosenSeries& b_;
  const Tolerance& tolerance_;
  SeriesDifference result_;
};

}  // namespace

bool Tolerance::allows(double a, double b) const {
  if (a == b || (std::isnan(a) && std::isnan(b))) return true;
  if (!std::isfinite(a) || !std::isfinite(b)) return false;
  return std::abs(a - b) <=
         absolute + relative * std::max(std::abs(a), std::abs(b));
}

Tolerances::Entry Tolerances::parse(const std::string& option,
                                    const std::string& text) {
  // A tag may hold '=', a number may not.
  const size_t equals = text.rfind('=');
  const std::string number =
      equals == std::string::npos ? text : text.substr(equals + 1);
  const std::optional<double> value = parse_number(number);
  if (!value || !(*value >= 0))
    throw Failure(kUsage, option + " " + printable(text) +
                              ": give TAG=NUMBER or a NUMBER, not below 0");
  return {equals == std::string::npos ? "*" : text.substr(0, equals), *value};
}

void Tolerances::add_absolute(const std::string& text) {
  absolute_.push_back(parse("--tolerance", text));
}

void Tolerances::add_relative(const std::string& text) {
  relative_.push_back(parse("--relative", text));
}

Tolerance Tolerances::of(const std::string& tag) const {
  Tolerance tolerance;
  for (const Entry& entry : absolute_) {
    if (matches_glob(entry.glob, tag)) tolerance.absolute = entry.value;
  }
  for (const Entry& entry : relative_) {
    if (matches_glob(entry.glob, tag)) tolerance.relative = entry.value;
  }
  return tolerance;
}

SeriesDifference difference(const ChosenSeries& a, const ChosenSeries& b,
                            const Tolerance& tolerance) {
  return Comparison(a, b, tolerance).run();
}

}  // namespace tblog::tool
