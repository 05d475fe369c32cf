// SPDX-License-Identifier: Apache-2.0

#include "digits/data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace digits {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Writes `text` as a gzip file, and gives its path.
std::string gzip_file(const std::string& text) {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::string path =
      ::testing::TempDir() + "digits_" + test->name() + ".csv.gz";
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  return path;
}

std::string line_of(const std::string& pixel, const std::string& label) {
  std::string line;
  for (int i = 0; i < 64; ++i) line += pixel + ",";
  return line + label + "\n";
}

std::string error_of(const std::string& path) {
  try {
    read_digits(path);
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return "none";
}

TEST(ReadDigitsTest, ShippedFileHoldsAllOfThem) {
  const Dataset all = read_digits(DIGITS_DATA);
  EXPECT_EQ(all.images.shape(), (Shape{1797, 1, 8, 8}));
  EXPECT_EQ(all.images.array().minCoeff(), 0);
  EXPECT_EQ(all.images.array().maxCoeff(), 1);
  EXPECT_EQ(all.images[2], 5 / 16.0f);  // the first line begins 0,0,5
  std::vector<long> counts;
  for (int digit = 0; digit < 10; ++digit) {
    counts.push_back(std::count(all.labels.begin(), all.labels.end(), digit));
  }
  // The class distribution that the collection states.
  EXPECT_THAT(counts,
              ElementsAre(178, 182, 177, 183, 181, 182, 181, 179, 174, 180));
}

TEST(ReadDigitsTest, BadLinesAreNamed) {
  const std::string good = line_of("16", "9");
  for (const std::string& bad :
       {line_of("17", "1"), line_of("-1", "1"), line_of("x", "1"),
        line_of("1", "10"), line_of("1", ""), line_of("1", "1,1"),
        std::string("\n")}) {
    const std::string path = gzip_file(good + bad);
    EXPECT_THAT(error_of(path), HasSubstr(path + ":2: not 64 pixels")) << bad;
  }
}

TEST(ReadDigitsTest, MissingAndEmptyFilesAreNamed) {
  EXPECT_THAT(error_of("/nowhere/digits"), HasSubstr("open /nowhere/digits"));
  EXPECT_THAT(error_of(gzip_file("")), HasSubstr("holds no digits"));
}

TEST(SplitTest, HoldsOutTheLastItems) {
  const Dataset all = read_digits(DIGITS_DATA);
  const Split parts = split(all, 360);
  EXPECT_EQ(parts.train.size(), 1437);
  EXPECT_EQ(parts.test.size(), 360);
  EXPECT_EQ(parts.test.labels.back(), all.labels.back());
  EXPECT_EQ(parts.test.images[0], all.images[1437 * 64]);
}

TEST(JitterTest, MovesByAtMostOnePixelAndLosesNothingInside) {
  Tensor images({200, 1, 8, 8});
  for (Index n = 0; n < 200; ++n) images[n * 64 + 3 * 8 + 4] = 1;
  Random random(1);
  jitter(images, random);
  bool seen[3][3] = {};
  for (Index n = 0; n < 200; ++n) {
    Index at = 0;
    EXPECT_EQ(images.matrix().row(n).sum(), 1);
    images.matrix().row(n).maxCoeff(&at);
    const Index dy = at / 8 - 3, dx = at % 8 - 4;
    ASSERT_LE(std::max(std::abs(dy), std::abs(dx)), 1);
    seen[dy + 1][dx + 1] = true;
  }
  for (const auto& row : seen) EXPECT_THAT(row, ElementsAre(true, true, true));
}

}  // namespace
}  // namespace digits
