// SPDX-License-Identifier: Apache-2.0
//
// A writer on a faulty file system in memory with a clock that stands still.

#ifndef TBLOG_TESTS_WRITER_WRITER_FIXTURE_H_
#define TBLOG_TESTS_WRITER_WRITER_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tblog/summary_writer.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/faulty_file_system.h"
#include "tests/testing/memory_file_system.h"
#include "tests/testing/parsed_events.h"
#include "tests/testing/status_matchers.h"

namespace tblog::testing {

class WriterFixture : public ::testing::Test {
 protected:
  static constexpr double kNow = 1'700'000'000.0;

  WriterFixture() {
    options_.file_system = &disk_;
    options_.clock = &clock_;
    options_.on_error = [this](const absl::Status& status) {
      std::lock_guard<std::mutex> lock(reports_mutex_);
      reports_.emplace_back(status.message());
    };
  }

  void open() { writer_.emplace("runs/a", options_); }

  // What on_error heard so far.
  std::vector<std::string> reports() {
    std::lock_guard<std::mutex> lock(reports_mutex_);
    return reports_;
  }

  // Closes, and returns the events of the one file in `directory`.
  std::vector<proto::Event> events(
      const std::string& directory = "/memory/runs/a") {
    writer_->close().IgnoreError();
    const std::vector<std::string> paths = memory_.paths_in(directory);
    EXPECT_EQ(paths.size(), 1u);
    return paths.empty() ? std::vector<proto::Event>()
                         : parse_file(memory_.contents(paths.front()));
  }

  MemoryFileSystem memory_;
  FaultyFileSystem disk_{&memory_};
  FakeClock clock_{kNow};
  WriterOptions options_;
  std::mutex reports_mutex_;
  std::vector<std::string> reports_;
  std::optional<SummaryWriter> writer_;
};

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_WRITER_WRITER_FIXTURE_H_
