// SPDX-License-Identifier: Apache-2.0
//
// A writer whose disk fails, and the sums that must come out all the same.

#ifndef TBLOG_TESTS_WRITER_FAILURE_FIXTURE_H_
#define TBLOG_TESTS_WRITER_FAILURE_FIXTURE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/writer/writer_fixture.h"

namespace tblog::testing {

class FailureTest : public WriterFixture {
 protected:
  // Events in all files, and that each file is valid up to its last whole
  // record, with metadata on the first value of "x" in each.
  size_t readable_events() {
    size_t count = 0;
    for (const std::string& path : memory_.paths()) {
      const ParsedEvents parsed = parse_events(memory_.contents(path));
      if (parsed.events.empty()) continue;
      EXPECT_EQ(parsed.events[0].file_version(), "brain.Event:2");
      for (size_t i = 1; i < parsed.events.size(); ++i) {
        ++count;
        if (i == 1) {
          EXPECT_TRUE(parsed.events[i].summary().value(0).has_metadata());
        }
      }
    }
    return count;
  }

  // Logs and flushes `count` scalars, a minute apart.
  void log(int count, FlushLevel level = FlushLevel::kKernel) {
    for (int i = 0; i < count; ++i) {
      writer_->scalar("x", step_, step_);
      ++step_;
      writer_->flush(level).IgnoreError();
      clock_.advance(std::chrono::seconds(61));
      // A pass after the time for another try.
      writer_->flush().IgnoreError();
    }
  }

  // What on_error has heard of all that came before: it is told after the flush
  // that noticed something.
  std::vector<std::string> told() {
    writer_->flush().IgnoreError();
    return reports();
  }

  void expect_counts_add_up() {
    const absl::Status closed = writer_->close();
    const WriterStats stats = writer_->stats();
    const size_t readable = readable_events();
    EXPECT_EQ(readable + stats.dropped, static_cast<uint64_t>(step_));
    EXPECT_EQ(stats.refused, 0u);
    EXPECT_EQ(stats.pending_bytes, 0u);
    EXPECT_EQ(memory_.open_files(), 0u);
    uint64_t bytes = 0;
    for (const std::string& path : memory_.paths())
      bytes += memory_.contents(path).size();
    EXPECT_EQ(stats.bytes, bytes);
    if (stats.dropped > 0) {
      EXPECT_THAT(
          closed,
          StatusIs(absl::StatusCode::kDataLoss,
                   ::testing::HasSubstr(std::to_string(stats.dropped))));
    }
  }

  int step_ = 0;
};

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_WRITER_FAILURE_FIXTURE_H_
