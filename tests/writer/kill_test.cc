// SPDX-License-Identifier: Apache-2.0
//
// What a kill -9 leaves: a child process logs, and tells through shared memory
// what it believes to be safe; it dies at each of its file operations, in the
// middle of a write, or at a random moment.
//
// The environment variable TBLOG_KILLS says how often each mode dies at random.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tblog/file_system.h"
#include "tblog/summary_writer.h"
#include "tests/testing/parsed_events.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

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

class KillTest : public ::testing::TestWithParam<Durability> {
 protected:
  KillTest()
      : memory_(::mmap(nullptr, sizeof(Believed), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0)),
        believed_(new (memory_) Believed) {
    options_.durability = GetParam();
    options_.max_file_bytes = 1024;
    options_.on_error = [](const absl::Status&) {};
  }
  ~KillTest() override { ::munmap(memory_, sizeof(Believed)); }

  // Logs steps 0, 1, … of "loss", every fourth in the sub-run too. What is
  // buffered counts as safe after a flush.
  void log_steps(const std::string& run, int64_t steps) {
    const bool buffered = options_.durability == Durability::kBuffered;
    SummaryWriter writer(run, options_);
    SummaryWriter test = writer.child("test");
    int64_t tests = 0;
    for (int64_t step = 0; step < steps; ++step) {
      writer.scalar("loss", static_cast<double>(step), step);
      if (!buffered) believed_->root = step + 1;
      if (step % 4 == 0) {
        test.scalar("loss", static_cast<double>(step), step);
        ++tests;
        if (!buffered) believed_->test = tests;
      }
      if (buffered && step % 7 == 0 && writer.flush().ok()) {
        believed_->root = step + 1;
        believed_->test = tests;
      }
    }
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

  // The steps in the run's files, in the order of their names. Only the last
  // file may end inside a record, or hold nothing.
  std::vector<int64_t> steps_in(const std::string& run) const {
    std::vector<std::string> paths;
    if (std::filesystem::exists(run)) {
      for (const auto& entry : std::filesystem::directory_iterator(run))
        if (entry.is_regular_file()) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    std::vector<int64_t> steps;
    for (const std::string& path : paths) {
      std::ifstream file(path, std::ios::binary);
      const std::string contents(std::istreambuf_iterator<char>(file), {});
      const ParsedEvents parsed = parse_events(contents);
      if (path != paths.back()) {
        EXPECT_EQ(parsed.cut_off_bytes, 0u) << path;
      }
      for (const auto& event : parsed.events)
        if (event.has_summary()) steps.push_back(event.step());
    }
    return steps;
  }

  // Nothing that was believed safe is missing, and nothing is there twice.
  void expect_believed(const std::string& run) const {
    const std::vector<int64_t> root = steps_in(run);
    ASSERT_GE(static_cast<int64_t>(root.size()), believed_->root.load());
    for (size_t i = 0; i < root.size(); ++i)
      ASSERT_EQ(root[i], static_cast<int64_t>(i));
    const std::vector<int64_t> test = steps_in(run + "/test");
    ASSERT_GE(static_cast<int64_t>(test.size()), believed_->test.load());
    for (size_t i = 0; i < test.size(); ++i)
      ASSERT_EQ(test[i], static_cast<int64_t>(4 * i));
  }

  void forget() {
    believed_->root = 0;
    believed_->test = 0;
  }

  TempDir dir_;
  void* memory_;
  Believed* believed_;
  WriterOptions options_;
};

TEST_P(KillTest, AtEachFileOperation) {
  // A real disk takes its time to sync.
  const int64_t steps = GetParam() == Durability::kSync ? 12 : 60;
  if (GetParam() == Durability::kSync) options_.max_file_bytes = 0;
  int operations = 1;
  for (bool killed = true; killed; ++operations) {
    forget();
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

TEST_P(KillTest, AtRandomMoments) {
  const char* kills = std::getenv("TBLOG_KILLS");
  const int count = kills == nullptr ? 100 : std::atoi(kills);
  std::mt19937 random(static_cast<unsigned>(GetParam()));
  int killed = 0;
  for (int i = 0; i < count; ++i) {
    forget();
    const std::string run_dir = dir_ / "random";
    killed += run([&] { log_steps(run_dir, int64_t{1} << 40); },
                  [&](pid_t pid) {
                    // From before its first file to some hundred events.
                    ::usleep(static_cast<useconds_t>(random() % 6000));
                    ::kill(pid, SIGKILL);
                  });
    ASSERT_NO_FATAL_FAILURE(expect_believed(run_dir)) << i;
    std::filesystem::remove_all(run_dir);
  }
  EXPECT_EQ(killed, count);
}

INSTANTIATE_TEST_SUITE_P(Each, KillTest,
                         ::testing::Values(Durability::kBuffered,
                                           Durability::kWriteThrough,
                                           Durability::kSync),
                         [](const auto& mode) {
                           switch (mode.param) {
                             case Durability::kBuffered:
                               return "Buffered";
                             case Durability::kWriteThrough:
                               return "WriteThrough";
                             case Durability::kSync:
                               break;
                           }
                           return "Sync";
                         });

}  // namespace
}  // namespace tblog::testing
