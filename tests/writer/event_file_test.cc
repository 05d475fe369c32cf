// SPDX-License-Identifier: Apache-2.0

#include "src/writer/event_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/testing/fake_clock.h"
#include "tests/testing/faulty_file_system.h"
#include "tests/testing/memory_file_system.h"
#include "tests/testing/parsed_events.h"
#include "tests/testing/status_matchers.h"

namespace tblog::internal {
namespace {

using testing::FakeClock;
using testing::FaultyFileSystem;
using testing::IsOk;
using testing::MemoryFileSystem;
using ::testing::Not;
using testing::Operation;
using ::testing::SizeIs;

class EventFileTest : public ::testing::Test {
 protected:
  std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const std::string& path : memory_.paths())
      names.push_back(path.substr(path.rfind('/') + 1));
    return names;
  }

  // The name that a file has at `secs` with `counter`.
  std::string name(int64_t secs, int counter) {
    char host[256] = {};
    ::gethostname(host, sizeof host - 1);
    return event_file_name(secs, clean_host_name(host), ::getpid(), counter,
                           "");
  }

  MemoryFileSystem memory_;
  FaultyFileSystem disk_{&memory_};
  FakeClock clock_{1000.0};
  EventFile file_{&disk_, &clock_, "/d"};
  size_t written_ = 0;
};

TEST(EventFileNameTest, NumbersArePadded) {
  EXPECT_EQ(event_file_name(1234, "host", 56, 7, ".x"),
            "events.out.tfevents.0000001234.host.56.000007.x");
}

TEST(EventFileNameTest, HostNamesAreCleaned) {
  EXPECT_EQ(clean_host_name("a-B_1.example"), "a-B_1.example");
  EXPECT_EQ(clean_host_name("a/b\n\xff c"), "a_b___c");
  EXPECT_EQ(clean_host_name(""), "localhost");
}

TEST_F(EventFileTest, TakenNamesAreStepped) {
  EventFile other(&disk_, &clock_, "/d");
  EXPECT_THAT(file_.open(&written_), IsOk());
  EXPECT_THAT(other.open(&written_), IsOk());
  EXPECT_THAT(names(), ::testing::ElementsAre(name(1000, 0), name(1000, 1)));
}

TEST_F(EventFileTest, NamesSortInTheOrderOfCreation) {
  std::vector<std::string> created;
  for (double now : {1000.0, 1000.9, 999.0, 1002.0, 5.0}) {
    clock_.set_wall_time(now);
    EXPECT_THAT(file_.open(&written_), IsOk());
    EXPECT_THAT(file_.close(), IsOk());
    for (const std::string& name : names()) {
      if (std::find(created.begin(), created.end(), name) == created.end())
        created.push_back(name);
    }
  }
  EXPECT_THAT(created, SizeIs(5));
  EXPECT_TRUE(std::is_sorted(created.begin(), created.end()));
  EXPECT_EQ(created.back(), name(1002, 1));
}

TEST_F(EventFileTest, StrangeWallTimesStillGiveANameOfTenDigits) {
  clock_.set_wall_time(-5.0);
  EXPECT_THAT(file_.open(&written_), IsOk());
  EXPECT_EQ(names()[0], name(0, 0));
  EXPECT_THAT(file_.close(), IsOk());
  clock_.set_wall_time(1e300);
  EXPECT_THAT(file_.open(&written_), IsOk());
  EXPECT_EQ(names()[1], name(9'999'999'999, 0));
}

TEST_F(EventFileTest, AnEmptyFileIsTakenAgain) {
  disk_.fail(Operation::kAppend, 1, 3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(file_.open(&written_), Not(IsOk()));
    EXPECT_FALSE(file_.is_open());
  }
  EXPECT_THAT(file_.open(&written_), IsOk());
  EXPECT_THAT(names(), SizeIs(1));
  EXPECT_EQ(memory_.contents(memory_.paths()[0]).size(), written_);
}

TEST_F(EventFileTest, AFileWithPartOfARecordIsNot) {
  disk_.write_short(1, 5);
  EXPECT_THAT(file_.open(&written_), Not(IsOk()));
  EXPECT_EQ(written_, 5u);
  EXPECT_EQ(memory_.open_files(), 0u);
  EXPECT_THAT(file_.open(&written_), IsOk());
  EXPECT_THAT(names(), SizeIs(2));
}

TEST_F(EventFileTest, GivesUpOnAFileSystemWhereEveryNameIsTaken) {
  disk_.fail(Operation::kCreate, 1, FaultyFileSystem::kForEver,
             absl::AlreadyExistsError("always"));
  EXPECT_EQ(file_.open(&written_).code(), absl::StatusCode::kAlreadyExists);
}

}  // namespace
}  // namespace tblog::internal
