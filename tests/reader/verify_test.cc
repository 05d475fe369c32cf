// SPDX-License-Identifier: Apache-2.0

#include "tblog/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "tests/reader/bad_logs.h"
#include "tests/reader/event_builder.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;
using namespace tblog::testing;  // NOLINT: the builders of event_builder.h

class VerifyTest : public ::testing::Test {
 protected:
  VerifyReport verified(const VerifyOptions& options = {}) {
    absl::StatusOr<VerifyReport> report = verify(dir_.path(), options);
    EXPECT_THAT(report, IsOk());
    return report.ok() ? *std::move(report) : VerifyReport();
  }

  // Of one file of these records.
  std::vector<std::string> names(const std::string& records) {
    dir_.write("run/tfevents", version_record() + records);
    std::vector<std::string> names;
    for (const Finding& finding : verified().findings)
      names.emplace_back(finding.trap->name);
    return names;
  }

  TempDir dir_;
};

TEST_F(VerifyTest, TrapsAreNumberedAndSayEverything) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < traps().size(); ++i) {
    const Trap& trap = traps()[i];
    EXPECT_EQ(trap.number, static_cast<int>(i) + 1);
    EXPECT_TRUE(names.insert(trap.name).second) << trap.name;
    for (const std::string_view text :
         {trap.name, trap.message, trap.python_reader, trap.rust_reader,
          trap.remedy}) {
      EXPECT_FALSE(text.empty()) << trap.name;
      EXPECT_NE(text.back(), '.') << trap.name;
    }
  }
}

TEST_F(VerifyTest, EveryTrapHasALogThatFallsIntoItAndIntoNoOther) {
  std::set<std::string> without;
  for (const Trap& trap : traps()) without.emplace(trap.name);
  for (const BadLog& bad : bad_logs()) {
    SCOPED_TRACE(bad.trap);
    EXPECT_EQ(without.erase(bad.trap), 1u);
    TempDir dir;
    for (const auto& [path, bytes] : bad.files) dir.write(path, bytes);
    for (const auto& [path, target] : bad.links)
      std::filesystem::create_symlink(target, dir / path);
    const absl::StatusOr<VerifyReport> report = verify(dir.path());
    ASSERT_THAT(report, IsOk());
    std::set<std::string> found;
    for (const Finding& finding : report->findings) {
      found.emplace(finding.trap->name);
      EXPECT_FALSE(finding.file.empty());
      EXPECT_FALSE(finding.detail.empty());
    }
    std::set<std::string> expected(bad.also.begin(), bad.also.end());
    expected.insert(bad.trap);
    EXPECT_THAT(found, UnorderedElementsAreArray(expected));
  }
  EXPECT_THAT(without, IsEmpty()) << "traps without a log";
}

TEST_F(VerifyTest, AGoodLogHasNoFindings) {
  Value scalar = scalar_tensor("x", 1);
  scalar.mutable_metadata()->set_data_class(proto::DATA_CLASS_SCALAR);
  EXPECT_THAT(names(summary_record(1, {scalar}) + summary_record(2, {scalar}) +
                    summary_record(3, {scalar_tensor("x", 3, "")})),
              IsEmpty());
  const VerifyReport report = verified();
  EXPECT_EQ(report.files, 1u);
  EXPECT_EQ(report.records, 4u);
  EXPECT_EQ(report.events, 4u);
  EXPECT_GT(report.bytes, 100u);
}

TEST_F(VerifyTest, SaysWhereAndHowOften) {
  const std::string one = summary_record(1, {old_scalar("x", 1)});
  names(one + one + one);
  const VerifyReport report = verified();
  ASSERT_THAT(report.findings, SizeIs(1));
  const Finding& finding = report.findings[0];
  EXPECT_EQ(finding.trap->name, "step-increasing");
  EXPECT_EQ(finding.file, dir_ / "run/tfevents");
  EXPECT_EQ(finding.offset, version_record().size() + one.size());
  EXPECT_EQ(finding.length, one.size());
  EXPECT_EQ(finding.run, "run");
  EXPECT_EQ(finding.tag, "x");
  EXPECT_EQ(finding.step, 1);
  EXPECT_EQ(finding.count, 2u);
}

// Two STARTs are how a run is resumed: no trap, but a note that points went.
TEST_F(VerifyTest, ARunResumedAsTheReadersExpectIsNoWarning) {
  proto::Event start;
  start.set_step(2);
  start.set_wall_time(1002);
  start.mutable_session_log()->set_status(proto::SessionLog::START);
  EXPECT_THAT(names(summary_record(1, {old_scalar("x", 1)}) +
                    summary_record(2, {old_scalar("x", 2)}) + framed(start) +
                    framed(start) + summary_record(2, {old_scalar("x", 3)})),
              ElementsAre("session-start"));
  EXPECT_EQ(verified().findings[0].trap->severity, Severity::kNote);
}

// As libprotobuf and prost see it, though its own fields are well-formed.
TEST_F(VerifyTest, AnEventWithAMalformedMessageInItIsNone) {
  const std::string time("\x09\0\0\0\0\0P\x8f@", 9);
  for (const std::string member : {"\x3a\x02\xff\xff", "\x42\x02\xff\xff"}) {
    EXPECT_THAT(names(framed(time + member)), ElementsAre("event-invalid"));
  }
}

TEST_F(VerifyTest, FurtherFindingsAreCounted) {
  std::string records;
  for (int i = 0; i < 10; ++i) {
    const std::string tag = std::to_string(i);
    records += summary_record(i, {old_scalar(tag, NAN)});
  }
  dir_.write("run/tfevents", version_record() + records);
  VerifyOptions options;
  options.max_findings = 3;
  const VerifyReport report = verified(options);
  EXPECT_THAT(report.findings, SizeIs(3));
  EXPECT_EQ(report.unlisted_findings, 7u);
  options.max_findings = 0;
  EXPECT_THAT(verify(dir_.path(), options),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(verify(dir_ / "none"), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace tblog
