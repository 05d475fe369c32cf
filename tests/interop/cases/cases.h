// SPDX-License-Identifier: Apache-2.0
//
// The C++ half of the conformance suite's table: what tblog is asked to write.
// A file a kind here; what TensorBoard must make of it stands beside it in
// <kind>.py, by the same rules in Python. A new case is a few lines in both.

#ifndef TBLOG_TESTS_INTEROP_CASES_CASES_H_
#define TBLOG_TESTS_INTEROP_CASES_CASES_H_

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "tblog/tblog.h"

namespace cases {

using tblog::SummaryWriter;

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The wall time of step `step` where a case sets one.
inline tblog::At at(int64_t step) {
  return {step, 1'700'000'000 + static_cast<double>(step) * 0.25};
}

// One run by a writer of its own. Unless it is said to be `reported`, nothing
// in it may be refused or reported.
struct Run {
  std::string name;
  std::function<void(SummaryWriter&)> write;
  bool reported = false;
  tblog::WriterOptions options = {};
};
using Runs = std::vector<Run>;

inline constexpr bool kReported = true;

// Numbers in [-6, 6), a multiple of 2^-12 each: exact in float32. Sums of
// three make a bell.
std::vector<float> bell(int n, uint32_t seed);

// The whole file; empty where there is none.
std::string read(const std::filesystem::path& path);

Runs audio_runs(const std::filesystem::path& inputs);  // as of image_runs()
Runs batch_runs();
Runs checkpoint_runs();
Runs custom_scalars_runs();
Runs embedding_runs();
Runs file_runs();
Runs graph_runs();
Runs histogram_runs();
Runs hparams_runs();
// `inputs` is a folder of what other libraries encoded.
Runs image_runs(const std::filesystem::path& inputs);
Runs mesh_runs();
Runs pr_curve_runs();
Runs scalar_runs();
Runs series_runs();  // what holds for every kind
Runs tensor_runs();
Runs text_runs();
Runs text_table_runs();
Runs watch_runs();

}  // namespace cases

#endif  // TBLOG_TESTS_INTEROP_CASES_CASES_H_
