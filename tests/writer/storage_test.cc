// SPDX-License-Identifier: Apache-2.0
//
// Failing storage for real: a tiny disk that fills up and is freed, one that
// becomes read-only, directories and files that others remove, too few
// descriptors, processes that make directories at once.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tblog/crash_handler.h"
#include "tblog/journal.h"
#include "tblog/summary_writer.h"
#include "tests/testing/descriptor_limit.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/own_mounts.h"
#include "tests/testing/parsed_events.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog::testing {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// All but a journal.
std::vector<std::string> files_in(const std::string& directory) {
  std::vector<std::string> paths;
  if (!fs::exists(directory)) return paths;
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.is_regular_file() &&
        !entry.path().filename().string().starts_with("tblog-journal"))
      paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

// The summaries in the files of a run, each valid up to its last whole record.
std::vector<proto::Event> events_in(const std::string& directory) {
  std::vector<proto::Event> events;
  for (const std::string& path : files_in(directory)) {
    std::ifstream file(path, std::ios::binary);
    const std::string contents(std::istreambuf_iterator<char>(file), {});
    const ParsedEvents parsed = parse_events(contents);
    for (const proto::Event& event : parsed.events)
      if (event.has_summary()) events.push_back(event);
  }
  return events;
}

class StorageTest : public ::testing::TestWithParam<Durability> {
 protected:
  StorageTest() {
    options_.durability = GetParam();
    // So that a journal is smaller than a tiny disk.
    options_.max_pending_bytes = 64 << 10;
    options_.clock = &clock_;
    options_.on_error = [this](const absl::Status& status) {
      std::lock_guard<std::mutex> lock(reports_mutex_);
      reports_.emplace_back(status.message());
    };
  }

  void open() { writer_.emplace(run(), options_); }
  std::string run() const { return dir_ / "disk/run"; }

  // Texts of 4 KiB, a minute apart.
  void log(int count) {
    for (int i = 0; i < count; ++i) {
      clock_.advance(seconds(61));
      writer_->flush().IgnoreError();
      writer_->text("x", std::string(4096, 'x'), step_++);
      writer_->flush().IgnoreError();
    }
  }

  void expect_counts_add_up() {
    const absl::Status closed = writer_->close();
    EXPECT_EQ(events_in(run()).size() + writer_->stats().dropped,
              static_cast<uint64_t>(step_));
    EXPECT_EQ(closed.code() == absl::StatusCode::kDataLoss,
              writer_->stats().dropped > 0);
  }

  // What on_error has heard of all that came before.
  std::vector<std::string> told() {
    writer_->flush().IgnoreError();
    std::lock_guard<std::mutex> lock(reports_mutex_);
    return reports_;
  }

  TempDir dir_;
  FakeClock clock_;
  WriterOptions options_;
  std::mutex reports_mutex_;
  std::vector<std::string> reports_;
  std::optional<SummaryWriter> writer_;
  int step_ = 0;
};

// ---- Disks of our own ----

class TinyDiskTest : public StorageTest {
 protected:
  void SetUp() override {
    if (!has_own_mounts()) GTEST_SKIP() << "this process may not mount";
    fs::create_directory(dir_ / "disk");
    disk_.emplace(dir_ / "disk", "size=4m,mode=755");
  }
  // What a journal has reserved beside.
  void leave_free(size_t bytes) {
    const auto available = fs::space(dir_ / "disk").available;
    ASSERT_GT(available, bytes);
    dir_.write("disk/ballast", std::string(available - bytes, 'b'));
  }
  void TearDown() override { writer_.reset(); }

  std::optional<TinyDisk> disk_;
};

TEST_P(TinyDiskTest, FillsUpAndIsFreed) {
  open();
  leave_free(124 << 10);
  log(60);  // 240 KiB
  EXPECT_GE(writer_->stats().dropped, 25u);
  EXPECT_THAT(told(),
              ElementsAre(AllOf(HasSubstr("No space left"), HasSubstr("df"))));
  fs::remove(dir_ / "disk/ballast");
  const uint64_t dropped = writer_->stats().dropped;
  log(5);
  EXPECT_LE(writer_->stats().dropped, dropped + 1);
  EXPECT_EQ(writer_->stats().recovered, 1u);
  const auto events = events_in(run());
  EXPECT_EQ(events.back().step(), step_ - 1);
  expect_counts_add_up();
  EXPECT_THAT(files_in(run()), SizeIs(2));
}

TEST_P(TinyDiskTest, IsNeverFullWhereSomeIsLeftFree) {
  options_.min_free_bytes = 512 << 10;
  open();
  leave_free(1 << 20);
  log(200);
  EXPECT_GE(fs::space(dir_ / "disk").available, 500u << 10);
  EXPECT_GE(writer_->stats().dropped, 50u);
  EXPECT_THAT(told(), ElementsAre(HasSubstr("min_free_bytes")));
  expect_counts_add_up();
  EXPECT_THAT(files_in(run()), SizeIs(1));
}

// Linux does so only while nothing is open for writing, as a journal is.
TEST_P(TinyDiskTest, BecomesReadOnlyAndWritableAgain) {
  if (GetParam() == Durability::kJournaled) return;
  open();
  log(3);
  writer_->flush(FlushLevel::kNewFile).IgnoreError();
  ASSERT_TRUE(disk_->set_read_only(true));
  log(3);
  EXPECT_EQ(writer_->stats().dropped, 3u);
  EXPECT_THAT(told(), ElementsAre(HasSubstr("mounted read-only")));
  ASSERT_TRUE(disk_->set_read_only(false));
  log(3);
  EXPECT_EQ(writer_->stats().dropped, 3u);
  EXPECT_EQ(writer_->stats().recovered, 1u);
  expect_counts_add_up();
}

// ---- Files that others touch ----

TEST_P(StorageTest, ARemovedDirectoryIsMadeAgain) {
  open();
  log(3);
  fs::remove_all(dir_ / "disk");
  log(3);
  EXPECT_EQ(writer_->stats().dropped, 0u);
  EXPECT_THAT(events_in(run()), SizeIs(3));
  EXPECT_THAT(told(), ElementsAre(HasSubstr("was deleted")));
}

TEST_P(StorageTest, AMovedFileAndOneThatTakesItsName) {
  open();
  log(3);
  const std::string path = files_in(run()).back();
  fs::create_directory(run() + "/old");
  fs::rename(path, run() + "/old/1");
  std::ofstream(path) << "another";
  log(3);
  EXPECT_EQ(writer_->stats().dropped, 0u);
  EXPECT_THAT(events_in(run() + "/old"), SizeIs(3));
  EXPECT_THAT(told(), ElementsAre(HasSubstr("was moved")));
  EXPECT_THAT(writer_->close(), IsOk());
  fs::remove(path);
  EXPECT_THAT(events_in(run()), SizeIs(3));
}

TEST_P(StorageTest, ACutFile) {
  open();
  log(3);
  fs::resize_file(files_in(run()).back(), 0);
  log(3);
  EXPECT_EQ(writer_->stats().dropped, 0u);
  EXPECT_THAT(events_in(run()), SizeIs(3));
}

TEST_P(StorageTest, AFileInThePlaceOfADirectory) {
  open();
  dir_.write("disk/run/child", "no directory");
  writer_->child("child").scalar("x", 1, 1);
  writer_->flush().IgnoreError();
  EXPECT_EQ(writer_->stats().dropped, 1u);
  EXPECT_THAT(told(), ElementsAre(HasSubstr("run/child")));
}

// ---- Descriptors ----

TEST_P(StorageTest, NoDescriptorLeft) {
  open();
  DescriptorLimit limit(64);
  limit.take_all();
  // To sync a directory takes one more.
  if (GetParam() == Durability::kSync) limit.give_back(1);
  // The runs take it from each other.
  writer_->scalar("x", 1, 1);
  for (const char* name : {"a", "b", "c"})
    writer_->child(name).scalar("x", 1, 1);
  writer_->flush().IgnoreError();
  EXPECT_EQ(writer_->stats().dropped, 0u);
  writer_->flush(FlushLevel::kNewFile).IgnoreError();
  limit.take_all();
  writer_->child("d").scalar("x", 1, 1);
  writer_->flush().IgnoreError();
  EXPECT_EQ(writer_->stats().dropped, 1u);
  EXPECT_THAT(told(), ElementsAre(AllOf(HasSubstr("its limit of 64"),
                                        HasSubstr("ulimit -n"))));
  limit.give_back();
  clock_.advance(seconds(61));
  writer_->flush().IgnoreError();
  writer_->child("d").scalar("x", 2, 2);
  EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(events_in(run() + "/d"), SizeIs(1));
}

class ManyRunsTest : public StorageTest {
 protected:
  void log_to_children(int runs, int rounds) {
    for (int round = 0; round < rounds; ++round) {
      for (int i = 0; i < runs; ++i)
        writer_->child(std::to_string(i)).scalar("x", i, round);
      EXPECT_THAT(writer_->flush(), IsOk());
    }
    EXPECT_THAT(writer_->close(), IsOk());
    for (int i = 0; i < runs; ++i) {
      const auto events = events_in(run() + "/" + std::to_string(i));
      ASSERT_THAT(events, SizeIs(static_cast<size_t>(rounds))) << i;
      EXPECT_TRUE(events[0].summary().value(0).has_metadata());
      EXPECT_THAT(files_in(run() + "/" + std::to_string(i)), SizeIs(1));
    }
  }
};

TEST_P(ManyRunsTest, AThousandWithFourFiles) {
  options_.max_open_files = 4;
  const DescriptorLimit limit(32);
  open();
  // A real disk takes its time to sync.
  log_to_children(GetParam() == Durability::kSync ? 100 : 1000, 5);
}

TEST_P(ManyRunsTest, MoreThanTheProcessMayOpen) {
  const DescriptorLimit limit(24);
  open();
  log_to_children(100, 5);
}

TEST_P(ManyRunsTest, KilledWithSuspendedFiles) {
  if (GetParam() == Durability::kBuffered) return;
  const pid_t pid = ::fork();
  if (pid == 0) {
    options_.max_open_files = 3;
    open();
    for (int step = 0; step < 5; ++step) {
      for (int i = 0; i < 10; ++i)
        writer_->child(std::to_string(i)).scalar("x", i, step);
    }
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_THAT(drain_journals(run()), IsOk());
  for (int i = 0; i < 10; ++i)
    EXPECT_THAT(events_in(run() + "/" + std::to_string(i)), SizeIs(5));
}

TEST_P(ManyRunsTest, CrashedWithSuspendedFiles) {
  options_.max_flush_delay = std::chrono::hours(1);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    options_.max_open_files = 3;
    if (!install_crash_handler().ok()) ::_exit(1);
    open();
    for (int step = 0; step < 5; ++step) {
      for (int i = 0; i < 10; ++i)
        writer_->child(std::to_string(i)).scalar("x", i, step);
      if (step == 2) writer_->flush().IgnoreError();
    }
    std::abort();
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) << status;
  for (int i = 0; i < 10; ++i)
    EXPECT_THAT(events_in(run() + "/" + std::to_string(i)), SizeIs(5));
}

TEST_P(ManyRunsTest, ForkedWithSuspendedFiles) {
  options_.max_open_files = 3;
  options_.after_fork = AfterFork::kReopen;
  open();
  const auto log_step = [&](const std::string& tag, int step) {
    for (int i = 0; i < 10; ++i)
      writer_->child(std::to_string(i)).scalar(tag, i, step);
    writer_->flush().IgnoreError();
  };
  log_step("parent", 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    log_step("child", 0);
    log_step("child", 1);
    ::_exit(writer_->close().ok() ? 0 : 1);
  }
  log_step("parent", 1);
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  log_step("parent", 2);
  EXPECT_THAT(writer_->close(), IsOk());
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(events_in(run() + "/" + std::to_string(i)), SizeIs(5));
    EXPECT_THAT(files_in(run() + "/" + std::to_string(i)), SizeIs(2));
  }
}

// ---- Many at once ----

TEST_P(StorageTest, ProcessesThatMakeTheSameDirectories) {
  constexpr int kProcesses = 8;
  for (int round = 0; round < 5; ++round) {
    const std::string root = run() + "/" + std::to_string(round) + "/a/b/c";
    std::vector<pid_t> children;
    for (int i = 0; i < kProcesses; ++i) {
      const pid_t pid = ::fork();
      if (pid == 0) {
        SummaryWriter writer(root, options_);
        writer.scalar("x" + std::to_string(i), i, 1);
        writer.child("d/e/f").scalar("x" + std::to_string(i), i, 1);
        ::_exit(writer.close().ok() ? 0 : 1);
      }
      children.push_back(pid);
    }
    for (const pid_t pid : children) {
      int status = 0;
      ASSERT_EQ(::waitpid(pid, &status, 0), pid);
      EXPECT_EQ(status, 0);
    }
    EXPECT_THAT(events_in(root), SizeIs(kProcesses));
    EXPECT_THAT(events_in(root + "/d/e/f"), SizeIs(kProcesses));
  }
}

std::string name_of_mode(const ::testing::TestParamInfo<Durability>& mode) {
  static const char* const kNames[] = {"Buffered", "WriteThrough", "Sync",
                                       "Journaled"};
  return kNames[static_cast<int>(mode.param)];
}
constexpr auto kModes = [] {
  return ::testing::Values(Durability::kBuffered, Durability::kWriteThrough,
                           Durability::kSync, Durability::kJournaled);
};
INSTANTIATE_TEST_SUITE_P(Each, StorageTest, kModes(), name_of_mode);
INSTANTIATE_TEST_SUITE_P(Each, TinyDiskTest, kModes(), name_of_mode);
INSTANTIATE_TEST_SUITE_P(Each, ManyRunsTest, kModes(), name_of_mode);

}  // namespace
}  // namespace tblog::testing
