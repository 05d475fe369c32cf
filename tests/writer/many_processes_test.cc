// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "tblog/summary_writer.h"
#include "tests/testing/parsed_events.h"
#include "tests/testing/temp_dir.h"
#include "tests/writer/dying_child.h"

namespace tblog::testing {
namespace {

// They are made first, and let go at once.
TEST(ManyProcessesTest, TwoHundredInOneDirectoryWriteTwoHundredFiles) {
  constexpr int kProcesses = 200;
  const TempDir dir;
  std::array<int, 2> gate{};
  ASSERT_EQ(::pipe(gate.data()), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t pid = ::fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      ::alarm(60);
      ::close(gate[1]);
      char end;
      static_cast<void>(::read(gate[0], &end, 1));
      WriterOptions options;
      options.on_error = [](const absl::Status&) {};
      SummaryWriter writer(dir / "new/run", options);
      for (int64_t step : {1, 2, 3})
        writer.scalar("loss/" + std::to_string(i), i, step);
      ::_exit(writer.close().ok() ? 0 : 1);
    }
    children.push_back(pid);
  }
  ::close(gate[0]);
  ::close(gate[1]);
  for (const pid_t pid : children) {
    int status = -1;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0);
  }
  std::map<std::string, int> values;
  const std::vector<std::string> files = event_files(dir / "new/run");
  EXPECT_EQ(files.size(), kProcesses);
  for (const std::string& path : files) {
    std::ifstream file(path, std::ios::binary);
    for (const proto::Event& event :
         parse_file(std::string(std::istreambuf_iterator<char>(file), {})))
      ++values[event.summary().value(0).tag()];
  }
  EXPECT_EQ(values.size(), kProcesses);
  for (const auto& [tag, count] : values) EXPECT_EQ(count, 3) << tag;
}

}  // namespace
}  // namespace tblog::testing
