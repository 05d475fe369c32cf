// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "src/record/framing.h"
#include "tblog/record_io.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog {
namespace {

using tblog::testing::IsOk;
using tblog::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RecordWriterTest : public ::testing::Test {
 protected:
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path()))
      names.push_back(entry.path().filename());
    return names;
  }

  std::string contents(const std::string& path) const {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }

  tblog::testing::TempDir dir_;
};

TEST_F(RecordWriterTest, WritesRecordsAsTheFramingHasThem) {
  absl::StatusOr<RecordWriter> writer = RecordWriter::create(dir_ / "x");
  ASSERT_THAT(writer, IsOk());
  std::string expected;
  for (const std::string& payload :
       {std::string("one"), std::string(), std::string(1'000'000, 'x')}) {
    ASSERT_THAT(writer->append(payload), IsOk());
    internal::append_record(expected, payload);
  }
  EXPECT_EQ(writer->bytes(), expected.size());
  ASSERT_THAT(writer->close(), IsOk());
  EXPECT_EQ(contents(dir_ / "x"), expected);
  EXPECT_THAT(names(), ElementsAre("x"));
}

TEST_F(RecordWriterTest, NothingHasTheNameBeforeItIsWhole) {
  {
    absl::StatusOr<RecordWriter> writer =
        RecordWriter::create(dir_ / "a.tfevents");
    ASSERT_THAT(writer, IsOk());
    ASSERT_THAT(writer->append("one"), IsOk());
    ASSERT_EQ(names().size(), 1u);
    EXPECT_EQ(names()[0].find("tfevents"), std::string::npos);
  }
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(RecordWriterTest, AFileThatIsThereStaysUnlessAskedOtherwise) {
  const std::string path = dir_.write("x", "old");
  EXPECT_THAT(RecordWriter::create(path),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(contents(path), "old");
  absl::StatusOr<RecordWriter> writer =
      RecordWriter::create(path, IfExists::kReplace);
  ASSERT_THAT(writer, IsOk());
  EXPECT_EQ(contents(path), "old");
  ASSERT_THAT(writer->close(), IsOk());
  EXPECT_EQ(contents(path), "");
}

TEST_F(RecordWriterTest, AFileThatAppearsMeanwhileStays) {
  absl::StatusOr<RecordWriter> writer = RecordWriter::create(dir_ / "x");
  ASSERT_THAT(writer, IsOk());
  dir_.write("x", "another's");
  EXPECT_THAT(writer->close(), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(contents(dir_ / "x"), "another's");
}

TEST_F(RecordWriterTest, SaysThatItIsClosedOrCannotBegin) {
  absl::StatusOr<RecordWriter> writer = RecordWriter::create(dir_ / "x");
  ASSERT_THAT(writer, IsOk());
  ASSERT_THAT(writer->close(), IsOk());
  EXPECT_THAT(writer->append("late"),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(writer->close(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(RecordWriter::create(dir_ / "none/x"),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace tblog
