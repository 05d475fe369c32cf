// SPDX-License-Identifier: Apache-2.0
//
// How a process may end while a writer is open. Each test is a process.

#include <dirent.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "tblog/clock.h"
#include "tblog/file_system.h"
#include "tblog/summary_writer.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tests/writer/dying_child.h"

namespace tblog::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ExitTest : public ::testing::Test {
 protected:
  ExitTest() {
    // Nothing leaves the process by itself.
    options_.max_flush_delay = std::chrono::hours(1);
  }

  std::string run() const { return dir_ / "run"; }

  TempDir dir_;
  WriterOptions options_;
};

void log_three(SummaryWriter& writer) {
  for (int64_t step : {1, 2, 3}) writer.scalar("loss", 1, step);
}

TEST_F(ExitTest, AStaticWriterIsClosed) {
  EXPECT_THAT(status_of_child([&] {
                static SummaryWriter writer(run(), options_);
                log_three(writer);
                std::exit(5);
              }),
              ExitedWith(5));
  EXPECT_THAT(steps_in(run()), ElementsAre(1, 2, 3));
}

// The end of a session is logged while static objects are destroyed.
TEST_F(ExitTest, SoIsItsSession) {
  EXPECT_THAT(status_of_child([&] {
                static SummaryWriter writer(run(), options_);
                writer.hparams({{"lr", 1}});
                writer.embedding("none", TensorView::invalid("no"));
                std::exit(5);
              }),
              ExitedWith(5));
  EXPECT_THAT(steps_in(run()), ElementsAre(0, 0)) << "its begin and its end";
}

class ForwardingClock final : public Clock {
 public:
  double wall_time() noexcept override { return real()->wall_time(); }
  Monotonic now() noexcept override { return real()->now(); }
  void wait_until(std::condition_variable& wakeup,
                  std::unique_lock<std::mutex>& lock,
                  Monotonic deadline) noexcept override {
    real()->wait_until(wakeup, lock, deadline);
  }
};

class ForwardingFileSystem final : public FileSystem {
 public:
  absl::StatusOr<std::unique_ptr<WritableFile>> create(
      const std::string& path) override {
    return real()->create(path);
  }
  absl::Status create_directories(const std::string& path) override {
    return real()->create_directories(path);
  }
  absl::StatusOr<std::string> absolute(const std::string& path) override {
    return real()->absolute(path);
  }
};

TEST_F(ExitTest, WhatAStaticWriterStandsOnMayBeStaticToo) {
  EXPECT_THAT(status_of_child([&] {
                static ForwardingClock clock;
                static ForwardingFileSystem files;
                options_.clock = &clock;
                options_.file_system = &files;
                static SummaryWriter writer(run(), options_);
                log_three(writer);
                std::exit(5);
              }),
              ExitedWith(5));
  EXPECT_THAT(steps_in(run()), ElementsAre(1, 2, 3));
}

TEST_F(ExitTest, ExitWritesWhatAWriterHasThatNobodyDestroys) {
  EXPECT_THAT(status_of_child([&] {
                auto* writer = new SummaryWriter(run(), options_);
                log_three(*writer);
                log_three(*new SummaryWriter(writer->child("test")));
                std::exit(5);
              }),
              ExitedWith(5));
  EXPECT_THAT(steps_in(run()), ElementsAre(1, 2, 3));
  EXPECT_THAT(steps_in(run() + "/test"), ElementsAre(1, 2, 3));
}

TEST_F(ExitTest, SoDoesQuickExit) {
  EXPECT_THAT(status_of_child([&] {
                SummaryWriter writer(run(), options_);
                log_three(writer);
                std::quick_exit(5);
              }),
              ExitedWith(5));
  EXPECT_THAT(steps_in(run()), ElementsAre(1, 2, 3));
}

TEST_F(ExitTest, AndWhileOtherThreadsLog) {
  EXPECT_THAT(status_of_child([&] {
                auto* writer = new SummaryWriter(run(), options_);
                std::atomic<bool> logged{false};
                std::thread([&logged, writer] {
                  for (int64_t step = 1;; ++step) {
                    if (step <= 1000) writer->scalar("loss", 1, step);
                    if (step == 1000) logged = true;
                    if (step > 1000) writer->should_log("loss", step);
                  }
                }).detach();
                while (!logged) std::this_thread::yield();
                std::exit(5);
              }),
              ExitedWith(5));
  EXPECT_EQ(steps_in(run()).size(), 1000u);
}

TEST_F(ExitTest, AnExitWithoutHandlersLosesWhatIsPendingAndNoMore) {
  EXPECT_THAT(status_of_child([&] {
                SummaryWriter writer(run(), options_);
                writer.scalar("loss", 1, 1);
                if (!writer.flush().ok()) ::_exit(1);
                log_three(writer);
                ::_exit(5);
              }),
              ExitedWith(5));
  EXPECT_THAT(steps_in(run()), ElementsAre(1));
}

TEST_F(ExitTest, AThreadsWriterIsClosedWithTheThread) {
  EXPECT_THAT(status_of_child([&] {
                std::thread([&] {
                  thread_local SummaryWriter writer(run(), options_);
                  log_three(writer);
                }).join();
                ::_exit(5);
              }),
              ExitedWith(5));
  EXPECT_THAT(steps_in(run()), ElementsAre(1, 2, 3));
}

TEST_F(ExitTest, AWriterMayBeClosedAmongTheHandlersOfExit) {
  static SummaryWriter* writer = nullptr;
  EXPECT_THAT(status_of_child([&] {
                std::atexit([] {
                  writer->scalar("loss", 1, 4);
                  if (!writer->close().ok()) ::_exit(1);
                  delete writer;
                });
                writer = new SummaryWriter(run(), options_);
                log_three(*writer);
                std::exit(5);
              }),
              ExitedWith(5));
  EXPECT_THAT(steps_in(run()), ElementsAre(1, 2, 3, 4));
}

// ---- Libraries that are unloaded ----

size_t threads() {
  size_t count = 0;
  DIR* const tasks = ::opendir("/proc/self/task");
  while (::readdir(tasks) != nullptr) ++count;
  ::closedir(tasks);
  return count;
}

// The library has a static writer and the crash handler.
TEST_F(ExitTest, AnUnloadedLibraryLeavesNothingBehind) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer keeps libraries loaded";
  EXPECT_THAT(
      status_of_child([&] {
        const size_t threads_before = threads();
        void* const library = ::dlopen(TBLOG_UNLOADED, RTLD_NOW);
        if (library == nullptr) ::_exit(1);
        using Log = void (*)(const char*);
        reinterpret_cast<Log>(::dlsym(library, "log_three"))(run().c_str());
        if (threads() != threads_before + 1) ::_exit(2);
        if (::dlclose(library) != 0) ::_exit(3);
        if (::dlopen(TBLOG_UNLOADED, RTLD_NOW | RTLD_NOLOAD) != nullptr)
          ::_exit(4);
        if (threads() != threads_before) ::_exit(5);
        struct sigaction action = {};
        ::sigaction(SIGSEGV, nullptr, &action);
        if (action.sa_handler != SIG_DFL) ::_exit(6);
        // Nothing of it is called any more.
        if (status_of_child([] {}) != kLivedOn << 8) ::_exit(7);
        std::quick_exit(kLivedOn);
      }),
      ExitedWith(kLivedOn));
  EXPECT_THAT(steps_in(run()), ElementsAre(1, 2, 3));
}

// ---- What a destructor says ----

TEST_F(ExitTest, ADestructorSaysHowMuchWasLost) {
  std::vector<std::string> reports;
  {
    options_.on_error = [&](const absl::Status& status) {
      reports.push_back(status.ToString());
    };
    SummaryWriter writer(run(), options_);
    log_three(writer);
    EXPECT_THAT(writer.flush(), IsOk());
    std::filesystem::remove_all(run());
    dir_.write("run", "no directory");
    static_cast<void>(writer.flush(FlushLevel::kNewFile));
    log_three(writer);
    static_cast<void>(writer.flush());
  }
  ASSERT_FALSE(reports.empty());
  EXPECT_THAT(reports.back(), HasSubstr("DATA_LOSS: 3 events were lost"));
}

TEST_F(ExitTest, ADestructorSaysNothingWhereNothingWasLost) {
  std::vector<std::string> reports;
  options_.on_error = [&](const absl::Status& status) {
    reports.push_back(status.ToString());
  };
  { SummaryWriter(run(), options_).scalar("", 1, 1); }
  EXPECT_THAT(reports, ElementsAre(HasSubstr("the tag is empty")));
}

}  // namespace
}  // namespace tblog::testing
