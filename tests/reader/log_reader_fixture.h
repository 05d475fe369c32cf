// SPDX-License-Identifier: Apache-2.0
//
// Tests of LogReader: a directory of event files, read back.

#ifndef TBLOG_TESTS_READER_LOG_READER_FIXTURE_H_
#define TBLOG_TESTS_READER_LOG_READER_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tblog/log_reader.h"
#include "tests/reader/event_builder.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog::testing {

inline std::vector<std::string> tags(const tblog::Run& run) {
  std::vector<std::string> tags;
  for (const Series& series : run.series()) tags.push_back(series.tag());
  return tags;
}

class LogReaderFixture : public ::testing::Test {
 protected:
  // Reads one file of these records, after a version record.
  const tblog::Run& read(const std::string& records,
                         const LogReaderOptions& options = {}) {
    dir_.write("x.tfevents", version_record() + records);
    return reopen(options);
  }

  const tblog::Run& reopen(const LogReaderOptions& options = {}) {
    absl::StatusOr<LogReader> log = LogReader::open(dir_.path(), options);
    EXPECT_THAT(log, IsOk());
    if (log.ok()) log_ = *std::move(log);
    return log_.runs().empty() ? no_run_ : log_.runs().front();
  }

  // Reads one value, which must be skipped; gives the reason.
  std::string reason_for(const Value& value) {
    const tblog::Run& run = read(summary_record(1, {value}));
    EXPECT_THAT(run.series(), ::testing::IsEmpty());
    EXPECT_THAT(log_.skipped(), ::testing::SizeIs(1));
    return log_.skipped().empty() ? "" : log_.skipped()[0].reason;
  }

  TempDir dir_;
  LogReader log_;
  const tblog::Run no_run_;
};

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_READER_LOG_READER_FIXTURE_H_
