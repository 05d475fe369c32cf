// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <limits>
#include <vector>

#include "tests/interop/cases/cases.h"

namespace cases {
namespace {

// Labels and predictions of `n` samples, the predictions multiples of 1/64,
// and a weight for each, multiples of 1/4.
struct Samples {
  std::vector<uint8_t> labels;
  std::vector<float> predictions;
  std::vector<double> weights;
};

Samples samples(int n, uint32_t seed) {
  auto next = [&seed] {
    seed = seed * 1664525u + 1013904223u;
    return seed >> 16;
  };
  Samples made;
  for (int i = 0; i < n; ++i) {
    made.predictions.push_back(static_cast<float>(next() % 65) / 64.0f);
    made.labels.push_back(static_cast<uint8_t>(next() % 2));
    made.weights.push_back(next() % 8 / 4.0);
  }
  return made;
}

void write_dtypes(SummaryWriter& writer) {
  const Samples made = samples(300, 3);
  const std::vector<int64_t> wide(made.labels.begin(), made.labels.end());
  const std::vector<double> doubles(made.predictions.begin(),
                                    made.predictions.end());
  writer.pr_curve("dtype/int64, float64", wide, doubles, at(0));
  const std::vector<float> narrow(made.labels.begin(), made.labels.end());
  writer.pr_curve("dtype/float32, float32", narrow, made.predictions, at(0));
  const bool bits[] = {true, false, true, false};
  const uint8_t whole[] = {1, 1, 0, 0};
  writer.pr_curve("dtype/bool, uint8", bits, whole, at(0), {.thresholds = 3});
  // Every second of six.
  const float strided[] = {0, 9, 0.5, 9, 1, 9};
  const uint8_t labels[] = {0, 1, 1};
  writer.pr_curve("strided", labels, {strided, {3}, {2}}, at(0),
                  {.thresholds = 5});
}

void write_curves(SummaryWriter& writer) {
  for (int64_t step = 0; step < 3; ++step) {
    const Samples made = samples(500, static_cast<uint32_t>(step));
    writer.pr_curve("steps", made.labels, made.predictions, at(step));
  }
  const Samples made = samples(300, 7);
  for (int thresholds : {2, 65, 1000}) {
    writer.pr_curve("thresholds/" + std::to_string(thresholds), made.labels,
                    made.predictions, at(0), {.thresholds = thresholds});
  }
  writer.pr_curve("weights", made.labels, made.predictions, at(0),
                  {.thresholds = 33, .weights = made.weights});
  const std::vector<float> nothing;
  writer.pr_curve("no pairs", nothing, nothing, at(0), {.thresholds = 3});
  const std::vector<uint8_t> ones(4, 1);
  const std::vector<float> halves(4, 0.5f);
  writer.pr_curve("all positive", ones, halves, at(0), {.thresholds = 5});
  const std::vector<int64_t> tp = {4, 2, 1}, fp = {3, 1, 0}, tn = {0, 2, 3},
                             fn = {0, 2, 3};
  writer.pr_curve("counts", tblog::PrCurveCounts{tp, fp, tn, fn}, at(0));
  // More than float32 counts exactly.
  const std::vector<int64_t> many = {(1 << 25) + 1, 1}, none = {0, 0},
                             rest = {0, 1 << 25};
  writer.pr_curve("many", tblog::PrCurveCounts{many, none, none, rest}, at(0));
  write_dtypes(writer);
}

// Written with a report each.
void write_reported_curves(SummaryWriter& writer) {
  const uint8_t labels[] = {1, 0, 1, 0};
  const double nan = kNaN;
  const float outside[] = {1.5, -0.5, static_cast<float>(nan), 0.5};
  writer.pr_curve("clamped", labels, outside, at(0), {.thresholds = 3});
}

}  // namespace

Runs pr_curve_runs() {
  return {
      {"curves", write_curves},
      {"reported curves", write_reported_curves, kReported},
  };
}

}  // namespace cases
