// SPDX-License-Identifier: Apache-2.0
//
// The short way of scalars and the long one (src/writer/core_scalars.cc) write
// the same files, byte for byte, and report the same, whatever is logged. What
// forces the long one is thin_scalars_after, here too large to leave anything
// out.

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

struct Outcome {
  std::string files;  // names and contents
  std::vector<std::string> reports;
  uint64_t events = 0;
  uint64_t refused = 0;
  uint64_t dropped = 0;
};

// Calls of every sort, the usual ones mostly.
class Calls {
 public:
  explicit Calls(uint64_t seed) : random_(seed) {
    for (size_t i = 0; i < 80; ++i)
      tags_.push_back("tag" + std::string(i % 40, 'x') + std::to_string(i));
    tags_.push_back(std::string(5'000, 'y'));
  }

  void make(SummaryWriter& writer) {
    switch (below(40)) {
      case 0:
        return writer.set_step(step_);
      case 1:
        return writer.flush(FlushLevel::kNewFile).IgnoreError();
      case 2:
        return writer.histogram(tag(), std::vector<float>{1, 2}, step_);
      case 3:
        return writer.describe(tag(), {.description = "what it is"});
      case 4:
        return writer.scalar(tag(), number());
      case 5:
        return writer.scalar("\xff", number(), step_);
      default:
        break;
    }
    step_ += below(20) == 0 ? -2 : static_cast<int64_t>(below(3)) + 1;
    if (below(2) == 0) return writer.scalar(tag(), number(), at());
    std::vector<TagValue> values;
    const size_t first = below(tags_.size());
    for (size_t i = below(10) == 0 ? 70 : below(6); i > 0; --i)
      values.emplace_back(tags_[(first + i) % tags_.size()], number());
    if (!values.empty() && below(10) == 0) values.push_back(values.front());
    writer.scalars(values.data(), values.size(), at());
  }

 private:
  size_t below(size_t n) { return random_() % n; }
  const std::string& tag() { return tags_[below(tags_.size())]; }
  double number() {
    using Limits = std::numeric_limits<double>;
    const double odd[] = {0.0,
                          -0.0,
                          1e300,
                          -1e39,
                          Limits::infinity(),
                          1e-45,
                          Limits::quiet_NaN()};
    return below(20) == 0 ? odd[below(std::size(odd))]
                          : std::ldexp(static_cast<double>(random_()), -40);
  }
  At at() {
    if (below(20) == 0) return At::current();
    if (below(20) == 0) return {step_, std::nan("")};
    return below(3) == 0 ? At(step_, 1e9 + static_cast<double>(step_))
                         : At(step_);
  }

  std::mt19937_64 random_;
  std::vector<std::string> tags_;
  int64_t step_ = -5;
};

class ScalarWaysTest : public WriterFixture,
                       public ::testing::WithParamInterface<uint64_t> {
 protected:
  Outcome log(uint64_t seed) {
    memory_.clear();
    reports_.clear();
    open();
    Calls calls(seed);
    for (int i = 0; i < 2'000; ++i) calls.make(*writer_);
    writer_->close().IgnoreError();
    Outcome outcome;
    for (const std::string& path : memory_.paths_in("/memory/runs/a"))
      outcome.files += path + "\n" + memory_.contents(path);
    outcome.reports = reports();
    const WriterStats stats = writer_->stats();
    outcome.events = stats.events;
    outcome.refused = stats.refused;
    outcome.dropped = stats.dropped;
    writer_.reset();
    return outcome;
  }

  void expect_the_same() {
    const Outcome through_either = log(GetParam());
    options_.thin_scalars_after = 1'000'000;
    const Outcome through_the_long = log(GetParam());
    EXPECT_GT(through_either.events, 500u);
    EXPECT_TRUE(through_either.files == through_the_long.files);
    EXPECT_EQ(through_either.reports, through_the_long.reports);
    EXPECT_EQ(through_either.events, through_the_long.events);
    EXPECT_EQ(through_either.refused, through_the_long.refused);
    EXPECT_EQ(through_either.dropped, through_the_long.dropped);
  }
};

TEST_P(ScalarWaysTest, AreAlike) {
  options_.deterministic = true;
  expect_the_same();
}

TEST_P(ScalarWaysTest, AreAlikeWhereStepsBackAreDropped) {
  options_.deterministic = true;
  options_.on_step_back = OnStepBack::kDrop;
  expect_the_same();
}

TEST_P(ScalarWaysTest, AreAlikeWhereFilesAndTagsHaveTheirLimits) {
  options_.deterministic = true;
  options_.max_file_bytes = 20'000;
  options_.max_tags = 60;
  expect_the_same();
}

TEST_P(ScalarWaysTest, AreAlikeWrittenThroughAndInOldForms) {
  options_.deterministic = true;
  options_.durability = Durability::kWriteThrough;
  options_.legacy_values = true;
  expect_the_same();
}

INSTANTIATE_TEST_SUITE_P(Seeds, ScalarWaysTest, ::testing::Values(1, 2, 3));

}  // namespace
}  // namespace tblog::testing
