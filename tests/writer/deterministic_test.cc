// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using ::testing::SizeIs;

// The files of "runs/a" by name, of a run that another machine's clock tells
// another time.
std::map<std::string, std::string> files_of(double now) {
  MemoryFileSystem memory;
  FakeClock clock(now);
  WriterOptions options;
  options.file_system = &memory;
  options.clock = &clock;
  options.deterministic = true;
  SummaryWriter writer("runs/a", options);
  for (int step = 0; step < 100; ++step) {
    writer.scalar("loss", step * 0.5, step);
    writer.histogram("w", std::vector<float>{1, 2, 3}, step);
  }
  writer.text("note", "hello", {7, 5.5});
  writer.child("test").scalar("loss", 1, 0);
  EXPECT_THAT(writer.close(), IsOk());
  std::map<std::string, std::string> files;
  for (const char* directory : {"/memory/runs/a", "/memory/runs/a/test"})
    for (const std::string& path : memory.paths_in(directory))
      files[path] = memory.contents(path);
  return files;
}

TEST(DeterministicTest, SameCallsMakeTheSameFilesAtAnyTime) {
  const auto files = files_of(1'700'000'000);
  EXPECT_EQ(files, files_of(1'800'000'000.25));
  EXPECT_THAT(files, SizeIs(2));
}

TEST(DeterministicTest, TimeHostAndProcessAreFixed) {
  const auto files = files_of(1'700'000'000);
  ASSERT_FALSE(files.empty());
  EXPECT_EQ(files.begin()->first,
            "/memory/runs/a/"
            "events.out.tfevents.1000000000.deterministic.0.000000");
  for (const proto::Event& event : parse_file(files.begin()->second)) {
    const bool given = event.step() == 7 && event.wall_time() == 5.5;
    EXPECT_TRUE(given || event.wall_time() == 1e9) << event.DebugString();
  }
}

class DeterministicFileTest : public WriterFixture {};

TEST_F(DeterministicFileTest, AFileOfThatNameIsNotWrittenOver) {
  options_.deterministic = true;
  open();
  SummaryWriter second("runs/a", options_);
  second.scalar("loss", 1, 0);
  EXPECT_THAT(second.close(), IsOk());
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(memory_.paths_in("/memory/runs/a"), SizeIs(2));
}

}  // namespace
}  // namespace tblog::testing
