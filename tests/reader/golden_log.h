// SPDX-License-Identifier: Apache-2.0
//
// Logs by writers that no one here wrote; makers/ has what they logged.

#ifndef TBLOG_TESTS_READER_GOLDEN_LOG_H_
#define TBLOG_TESTS_READER_GOLDEN_LOG_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/endian.h"
#include "tblog/log_reader.h"
#include "tests/image/decode_png.h"
#include "tests/testing/status_matchers.h"

namespace tblog::testing {

inline LogReader golden_log(const std::string& name) {
  absl::StatusOr<LogReader> log =
      LogReader::open(std::string(TBLOG_READER_TEST_DATA) + "/" + name);
  EXPECT_THAT(log, IsOk());
  if (!log.ok()) return {};
  EXPECT_THAT(log->skipped(), ::testing::IsEmpty());
  return *std::move(log);
}

// The series of that tag, which must be there and of that kind.
inline const Series& find(const LogReader& log, std::string_view run,
                          std::string_view tag, ValueKind kind) {
  const tblog::Run* found_run = log.find(run);
  const Series* found = found_run != nullptr ? found_run->find(tag) : nullptr;
  if (found == nullptr || found->kind() != kind) {
    ADD_FAILURE() << "no " << value_kind_name(kind) << " " << run << " " << tag;
    throw std::logic_error("no such series");
  }
  return *found;
}

inline std::vector<std::vector<double>> rows(const HistogramValue& histogram) {
  std::vector<std::vector<double>> rows;
  for (const HistogramBucket& bucket : histogram.buckets)
    rows.push_back({bucket.left, bucket.right, bucket.count});
  return rows;
}

// The last `count` samples of a WAV of 16 bits.
inline std::vector<int> last_samples(std::string_view wav, size_t count) {
  std::vector<int> samples;
  EXPECT_EQ(wav.substr(0, 4), "RIFF");
  if (wav.size() < 2 * count) return samples;
  wav.remove_prefix(wav.size() - 2 * count);
  for (size_t i = 0; i < wav.size(); i += 2) {
    samples.push_back(static_cast<int16_t>(
        static_cast<uint8_t>(wav[i]) | static_cast<uint8_t>(wav[i + 1]) << 8));
  }
  return samples;
}

// What the makers wrote as "tetrahedron".
inline void expect_tetrahedron(const tblog::Run& run) {
  const std::vector<MeshSeries> meshes = run.meshes();
  ASSERT_EQ(meshes.size(), 1u);
  EXPECT_EQ(meshes[0].name, "tetrahedron");
  const absl::StatusOr<MeshValue> mesh = meshes[0].at(0);
  ASSERT_THAT(mesh, IsOk());
  EXPECT_EQ(mesh->batch, 1);
  EXPECT_THAT(mesh->vertices,
              ::testing::ElementsAre(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1.5));
  EXPECT_THAT(mesh->faces, ::testing::ElementsAre(0, 1, 2, 0, 1, 3));
  EXPECT_THAT(mesh->colors,
              ::testing::ElementsAre(255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7));
  EXPECT_EQ(mesh->config_json,
            R"({"camera": {"cls": "PerspectiveCamera", "fov": 75}})");
}

// What they wrote as "pr": labels F T T F T, predictions .1 .9 .4 .6 .75, five
// thresholds. A prediction p counts from the threshold floor(4 p) down.
inline void expect_pr_curve(const Series& series) {
  using ::testing::ElementsAre;
  const absl::StatusOr<PrCurveValue> curve = series.pr_curve(0);
  ASSERT_THAT(curve, IsOk());
  EXPECT_THAT(curve->thresholds, ElementsAre(0, .25, .5, .75, 1));
  EXPECT_THAT(curve->true_positives, ElementsAre(3, 3, 2, 2, 0));
  EXPECT_THAT(curve->false_positives, ElementsAre(2, 1, 1, 0, 0));
  EXPECT_THAT(curve->true_negatives, ElementsAre(0, 1, 1, 2, 2));
  EXPECT_THAT(curve->false_negatives, ElementsAre(0, 0, 1, 1, 3));
  EXPECT_THAT(curve->precision,
              ElementsAre(double{.6f}, .75, double{2.f / 3}, 1, 0));
  EXPECT_THAT(curve->recall,
              ElementsAre(1, 1, double{2.f / 3}, double{2.f / 3}, 0));
}

// The first category: "losses" with "both" of two tags and "band" of v, l, u.
inline void expect_losses(const LayoutValue& layout) {
  using ::testing::ElementsAre;
  ASSERT_FALSE(layout.categories.empty());
  EXPECT_EQ(layout.categories[0].title, "losses");
  ASSERT_EQ(layout.categories[0].charts.size(), 2u);
  EXPECT_EQ(layout.categories[0].charts[0].title, "both");
  EXPECT_THAT(layout.categories[0].charts[0].tags,
              ElementsAre("loss.*", "acc"));
  EXPECT_EQ(layout.categories[0].charts[1].title, "band");
  ASSERT_EQ(layout.categories[0].charts[1].margins.size(), 1u);
  const LayoutValue::Margin& margin = layout.categories[0].charts[1].margins[0];
  EXPECT_EQ(margin.value + margin.lower + margin.upper, "vlu");
}

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_READER_GOLDEN_LOG_H_
