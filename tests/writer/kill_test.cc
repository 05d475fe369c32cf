// SPDX-License-Identifier: Apache-2.0
//
// What a kill -9 leaves: a child process logs, and tells through shared memory
// what it believes to be safe; it dies after any of its system calls, at each
// of its file operations, in the middle of a write, or at a random moment. What
// it left is read by the framing and the generated classes alone.
//
// Environment variables: TBLOG_KILLS: how often each mode dies at random;
// TBLOG_EVERY_CALL: after each system call, and not some.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tblog/file_system.h"
#include "tblog/journal.h"
#include "tblog/summary_writer.h"
#include "tests/testing/parsed_events.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/traced_process.h"

namespace tblog::testing {
namespace {

// Where in the order of its file operations a process dies.
class Deadline {
 public:
  explicit Deadline(int operation) : left_(operation) {}

  void count() {
    if (--left_ == 0) die();
  }
  // Whether the operation that comes now is the last.
  bool is_next() const { return left_ == 1; }
  [[noreturn]] static void die() {
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
  }

 private:
  std::atomic<int> left_;
};

class DyingFile final : public WritableFile {
 public:
  DyingFile(std::unique_ptr<WritableFile> base, Deadline& deadline)
      : base_(std::move(base)), deadline_(deadline) {}

  // Half of the last write reaches the file.
  absl::Status append(std::string_view bytes, size_t* written) override {
    if (deadline_.is_next()) {
      base_->append(bytes.substr(0, bytes.size() / 2), written).IgnoreError();
      Deadline::die();
    }
    const absl::Status status = base_->append(bytes, written);
    deadline_.count();
    return status;
  }
  absl::Status sync() override {
    deadline_.count();
    return base_->sync();
  }
  absl::Status close() override {
    deadline_.count();
    return base_->close();
  }

 private:
  std::unique_ptr<WritableFile> base_;
  Deadline& deadline_;
};

// The real files, until the n-th operation.
class DyingFileSystem final : public FileSystem {
 public:
  explicit DyingFileSystem(int operations) : deadline_(operations) {}

  absl::StatusOr<std::unique_ptr<WritableFile>> create(
      const std::string& path) override {
    deadline_.count();
    auto file = real().create(path);
    if (!file.ok()) return file.status();
    return std::make_unique<DyingFile>(*std::move(file), deadline_);
  }
  absl::Status create_directories(const std::string& path) override {
    deadline_.count();
    return real().create_directories(path);
  }
  absl::Status sync_directory(const std::string& path) override {
    deadline_.count();
    return real().sync_directory(path);
  }
  absl::StatusOr<std::vector<std::string>> list(
      const std::string& path) override {
    return real().list(path);
  }
  absl::StatusOr<std::string> read_end(const std::string& path,
                                       size_t max_bytes) override {
    return real().read_end(path, max_bytes);
  }
  absl::StatusOr<std::string> absolute(const std::string& path) override {
    return real().absolute(path);
  }

 private:
  static FileSystem& real() { return *FileSystem::real(); }

  Deadline deadline_;
};

// What a child believes to be safe, of the run itself and of its sub-run; lives
// in memory that parent and child share.
struct Believed {
  std::atomic<int64_t> root{0};
  std::atomic<int64_t> test{0};
};

// Steps in event files, in the order of their names.
struct Found {
  std::vector<int64_t> steps;
  int cut_off = 0;  // files that end inside a record
};

Found found_in(const std::string& run) {
  std::vector<std::string> paths;
  if (std::filesystem::exists(run)) {
    for (const auto& entry : std::filesystem::directory_iterator(run)) {
      const std::string name = entry.path().filename();
      if (name.find("tfevents") != std::string::npos)
        paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  Found found;
  for (const std::string& path : paths) {
    std::ifstream file(path, std::ios::binary);
    const std::string contents(std::istreambuf_iterator<char>(file), {});
    const ParsedEvents parsed = parse_events(contents);
    found.cut_off += parsed.cut_off_bytes > 0;
    for (const auto& event : parsed.events)
      if (event.has_summary()) found.steps.push_back(event.step());
  }
  return found;
}

// A number from the environment.
int count_from(const char* variable, int otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atoi(text);
}

class KillTest : public ::testing::TestWithParam<Durability> {
 protected:
  KillTest()
      : memory_(::mmap(nullptr, sizeof(Believed), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0)),
        believed_(new (memory_) Believed) {
    options_.durability = GetParam();
    options_.max_file_bytes = 1024;
    // Small, so that it is full at times; then nothing is dropped.
    options_.max_pending_bytes = 64 << 10;
    options_.max_block = std::chrono::hours(1);
    options_.on_error = [](const absl::Status&) {};
  }
  ~KillTest() override { ::munmap(memory_, sizeof(Believed)); }

  bool buffered() const { return GetParam() == Durability::kBuffered; }

  // One life of the run: goes on where the one before ended, up to step `end`.
  // Every fourth step is in the sub-run too. What is buffered counts as safe
  // after a flush. `dies`: does not come to the writer's close().
  void log_steps(const std::string& run, int64_t end, bool dies = false) {
    const int64_t begin = believed_->root;
    int64_t tests = believed_->test;
    if (begin > 0) options_.resume_step = begin;
    SummaryWriter writer(run, options_);
    SummaryWriter test = writer.child("test");
    const auto log_test = [&](int64_t step) {
      test.scalar("loss", static_cast<double>(step), step);
      ++tests;
      if (!buffered()) believed_->test = tests;
    };
    while (4 * tests < begin) log_test(4 * tests);
    for (int64_t step = begin; step < end; ++step) {
      writer.scalar("loss", static_cast<double>(step), step);
      if (!buffered()) believed_->root = step + 1;
      if (step == 4 * tests) log_test(step);
      const bool flushes =
          buffered() || (GetParam() == Durability::kJournaled && step < 200);
      if (flushes && step % 7 == 0 && writer.flush().ok()) {
        believed_->root = step + 1;
        believed_->test = tests;
      }
    }
    if (dies) Deadline::die();
    writer.close().IgnoreError();
  }

  // Runs `child` in a child process until it ends or is killed by `kill`;
  // whether it was killed.
  static bool run(const std::function<void()>& child,
                  const std::function<void(pid_t)>& kill) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      child();
      ::_exit(0);
    }
    kill(pid);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

  // What a kill left in a journal goes to files, by the tool's way or that of
  // the next writer.
  void drain(const std::string& run, bool by_writer) {
    if (GetParam() != Durability::kJournaled || !std::filesystem::exists(run))
      return;
    if (by_writer) {
      ASSERT_THAT(SummaryWriter(run, options_).close(), IsOk());
    } else {
      const auto report = drain_journals(run);
      ASSERT_THAT(report, IsOk());
      ASSERT_THAT(report->problems, ::testing::IsEmpty());
      ASSERT_EQ(report->living, 0u);
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(run))
      ASSERT_FALSE(entry.path().filename().string().starts_with("tblog-"))
          << entry.path();
  }

  // Nothing that was believed safe is missing, nothing is there twice, and
  // nothing is torn but where a life ended. From now on all of it is believed.
  void expect_believed(const std::string& run, int lives = 1) {
    const Found root = found_in(run);
    ASSERT_GE(static_cast<int64_t>(root.steps.size()), believed_->root.load());
    for (size_t i = 0; i < root.steps.size(); ++i)
      ASSERT_EQ(root.steps[i], static_cast<int64_t>(i));
    const Found test = found_in(run + "/test");
    ASSERT_GE(static_cast<int64_t>(test.steps.size()), believed_->test.load());
    for (size_t i = 0; i < test.steps.size(); ++i)
      ASSERT_EQ(test.steps[i], static_cast<int64_t>(4 * i));
    ASSERT_LE(root.cut_off, lives);
    ASSERT_LE(test.cut_off, lives);
    believe(static_cast<int64_t>(root.steps.size()),
            static_cast<int64_t>(test.steps.size()));
  }

  void believe(int64_t root, int64_t test) {
    believed_->root = root;
    believed_->test = test;
  }

  TempDir dir_;
  void* memory_;
  Believed* believed_;
  WriterOptions options_;
};

// Of the modes whose files may be any.
class KillAtFileOperationTest : public KillTest {};

TEST_P(KillAtFileOperationTest, LosesNothingThatWasSafe) {
  // A real disk takes its time to sync.
  const int64_t steps = GetParam() == Durability::kSync ? 12 : 60;
  if (GetParam() == Durability::kSync) options_.max_file_bytes = 0;
  int operations = 1;
  for (bool killed = true; killed; ++operations) {
    believe(0, 0);
    const std::string run_dir = dir_ / std::to_string(operations);
    killed = run(
        [&] {
          DyingFileSystem files(operations);
          options_.file_system = &files;
          log_steps(run_dir, steps);
        },
        [](pid_t) {});
    ASSERT_NO_FATAL_FAILURE(expect_believed(run_dir)) << operations;
    std::filesystem::remove_all(run_dir);
  }
  EXPECT_GT(operations, 20) << "the child did little";
}

// A run of several lives, each killed but resumed by the next.
TEST_P(KillTest, AtRandomMomentsLosesNothingThatWasSafe) {
  const int count = count_from("TBLOG_KILLS", 300);
  constexpr int kLives = 4;
  std::mt19937 random(static_cast<unsigned>(GetParam()));
  // From before a life's first file to some hundred events; a real disk takes
  // its time to sync.
  const unsigned longest_us = GetParam() == Durability::kSync ? 20'000 : 6'000;
  int killed = 0;
  int64_t events = 0;
  for (int i = 0; i < count; ++i) {
    const std::string run_dir = dir_ / "random";
    const int life = i % kLives;
    if (life == 0) {
      events += believed_->root;
      believe(0, 0);
      std::filesystem::remove_all(run_dir);
    }
    killed += run([&] { log_steps(run_dir, int64_t{1} << 40); },
                  [&](pid_t pid) {
                    ::usleep(static_cast<useconds_t>(random() % longest_us));
                    ::kill(pid, SIGKILL);
                  });
    ASSERT_NO_FATAL_FAILURE(drain(run_dir, i % 2 == 0)) << i;
    ASSERT_NO_FATAL_FAILURE(expect_believed(run_dir, life + 1)) << i;
  }
  EXPECT_EQ(killed, count);
  EXPECT_GT(events, 0) << "the children did nothing";
}

// A run that was killed once is resumed, and dies after its k-th system call;
// what then drains a journal dies too, and again something drains it.
TEST_P(KillTest, AfterAnySystemCallLosesNothingThatWasSafe) {
  const bool every = count_from("TBLOG_EVERY_CALL", 0) != 0;
  const int64_t steps = GetParam() == Durability::kSync ? 24 : 40;
  const std::string first = dir_ / "first";
  const std::string run_dir = dir_ / "again";
  const auto begin_again = [&] {
    std::filesystem::remove_all(run_dir);
    std::filesystem::copy(first, run_dir,
                          std::filesystem::copy_options::recursive);
  };
  ASSERT_TRUE(run([&] { log_steps(first, 12, true); }, [](pid_t) {}));
  begin_again();
  ASSERT_NO_FATAL_FAILURE(drain(run_dir, false));
  ASSERT_NO_FATAL_FAILURE(expect_believed(run_dir));
  const int64_t root = believed_->root;
  const int64_t test = believed_->test;
  ASSERT_GT(root, 0);

  std::mt19937 random(static_cast<unsigned>(GetParam()));
  int calls = 1;
  for (;;) {
    SCOPED_TRACE(calls);
    begin_again();
    believe(root, test);
    const Traced died =
        kill_after_calls(calls, [&] { log_steps(run_dir, steps); });
    if (died == Traced::kUntraced) GTEST_SKIP() << "nothing may be traced";
    const bool by_writer = random() % 2 == 0;
    if (GetParam() == Durability::kJournaled)
      kill_after_calls(1 + static_cast<int>(random() % 60),
                       [&] { drain(run_dir, by_writer); });
    ASSERT_NO_FATAL_FAILURE(drain(run_dir, !by_writer));
    ASSERT_NO_FATAL_FAILURE(expect_believed(run_dir, 3));
    if (died == Traced::kEnded) break;
    calls += every ? 1 : 1 + static_cast<int>(random() % 9);
  }
  EXPECT_EQ(believed_->root, steps);
  EXPECT_GT(calls, 50) << "the child did little";
}

std::string name_of(const ::testing::TestParamInfo<Durability>& mode) {
  switch (mode.param) {
    case Durability::kBuffered:
      return "Buffered";
    case Durability::kWriteThrough:
      return "WriteThrough";
    case Durability::kJournaled:
      return "Journaled";
    case Durability::kSync:
      break;
  }
  return "Sync";
}

INSTANTIATE_TEST_SUITE_P(Each, KillTest,
                         ::testing::Values(Durability::kBuffered,
                                           Durability::kWriteThrough,
                                           Durability::kSync,
                                           Durability::kJournaled),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Each, KillAtFileOperationTest,
                         ::testing::Values(Durability::kBuffered,
                                           Durability::kWriteThrough,
                                           Durability::kSync),
                         name_of);

}  // namespace
}  // namespace tblog::testing
