// SPDX-License-Identifier: Apache-2.0

#include "tblog/crash_handler.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <setjmp.h>
#include <sys/mman.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <numeric>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tblog/file_system.h"
#include "tblog/summary_writer.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tests/writer/dying_child.h"

namespace tblog::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// ---- Ways to die ----

void* page(int protection) {
  return ::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

void write_to_nowhere() { *static_cast<volatile int*>(page(PROT_NONE)) = 1; }

// A page of a file that has become shorter.
void touch_lost_page() {
  char name[] = "/tmp/tblog_XXXXXX";
  const int fd = ::mkstemp(name);
  ::unlink(name);
  ASSERT_EQ(::ftruncate(fd, 4096), 0);
  auto* bytes = static_cast<volatile char*>(
      ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0));
  ASSERT_EQ(::ftruncate(fd, 0), 0);
  static_cast<void>(*bytes);
}

void divide_by_zero() {
#if defined(__x86_64__)
  asm volatile("xorl %%ecx, %%ecx; movl $1, %%eax; cltd; idivl %%ecx" ::
                   : "eax", "ecx", "edx", "cc");
#else
  ::raise(SIGFPE);
#endif
}

void run_nonsense() {
#if defined(__x86_64__)
  asm volatile("ud2");
#else
  ::raise(SIGILL);
#endif
}

void throw_something() { throw std::runtime_error("no"); }
void throw_out_of_noexcept() noexcept { throw_something(); }

// As deep as the stack lasts.
volatile bool deeper = true;
int recurse() {
  volatile char frame[4096];
  frame[0] = 1;
  return deeper ? recurse() + frame[0] : 0;
}

void kill_by_a_thread(int signal) {
  std::thread([signal] { ::raise(signal); }).join();
}

struct Death {
  const char* name;
  int signal;
  void (*die)();
};

void PrintTo(const Death& death, std::ostream* out) { *out << death.name; }

class CrashTest : public ::testing::Test {
 protected:
  CrashTest() {
    // Nothing leaves the process by itself.
    options_.max_flush_delay = std::chrono::hours(1);
  }

  std::string run(const std::string& name = "run") const { return dir_ / name; }

  TempDir dir_;
  WriterOptions options_;
};

void log_steps(SummaryWriter& writer, int64_t first, int64_t last) {
  for (int64_t step = first; step <= last; ++step)
    writer.scalar("loss", static_cast<double>(step), step);
}

std::vector<int64_t> steps_to(int64_t last) {
  std::vector<int64_t> steps(static_cast<size_t>(last));
  std::iota(steps.begin(), steps.end(), 1);
  return steps;
}

void install(const CrashHandlerOptions& options = {}) {
  if (!install_crash_handler(options).ok()) ::_exit(98);
}

// ---- Whatever kills the process ----

class CrashSignalTest : public CrashTest,
                        public ::testing::WithParamInterface<Death> {};

TEST_P(CrashSignalTest, EverythingLoggedBeforeIsThere) {
  EXPECT_THAT(status_of_child([&] {
                SummaryWriter writer(run(), options_);
                install();
                SummaryWriter test = writer.child("test");
                log_steps(writer, 1, 1000);
                log_steps(test, 1, 10);
                GetParam().die();
              }),
              DiedBy(GetParam().signal));
  EXPECT_EQ(steps_in(run()), steps_to(1000));
  EXPECT_EQ(steps_in(run() + "/test"), steps_to(10)) << "its file is new";
}

TEST_P(CrashSignalTest, AnEarlierHandlerHasTheLastWord) {
  if (GetParam().die == &throw_out_of_noexcept && kSanitized)
    GTEST_SKIP() << "std::terminate() is the sanitizer's";
  EXPECT_THAT(status_of_child([&] {
                struct sigaction earlier = {};
                earlier.sa_handler = [](int signal) { ::_exit(signal); };
                earlier.sa_flags = SA_ONSTACK;
                ::sigaction(GetParam().signal, &earlier, nullptr);
                install();
                SummaryWriter writer(run(), options_);
                log_steps(writer, 1, 10);
                GetParam().die();
              }),
              ExitedWith(GetParam().signal));
  EXPECT_EQ(steps_in(run()), steps_to(10));
}

TEST_P(CrashSignalTest, OnceUninstalledNothingIsDone) {
  EXPECT_THAT(status_of_child([&] {
                SummaryWriter writer(run(), options_);
                install();
                log_steps(writer, 1, 10);
                uninstall_crash_handler();
                GetParam().die();
              }),
              DiedBy(GetParam().signal));
  EXPECT_THAT(steps_in(run()), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Deaths, CrashSignalTest,
    ::testing::Values(
        Death{"Segv", SIGSEGV, write_to_nowhere},
        Death{"Bus", SIGBUS, touch_lost_page},
        Death{"Fpe", SIGFPE, divide_by_zero},
        Death{"Ill", SIGILL, run_nonsense},
        Death{"Abort", SIGABRT, [] { std::abort(); }},
        Death{"Terminate", SIGABRT, throw_out_of_noexcept},
        Death{"StackOverflow", SIGSEGV, [] { recurse(); }},
        Death{"SentToItself", SIGSEGV, [] { ::kill(::getpid(), SIGSEGV); }},
        Death{"InAThread", SIGFPE, [] { kill_by_a_thread(SIGFPE); }}),
    [](const auto& death) { return std::string(death.param.name); });

TEST_F(CrashTest, TerminationIsHandledWhereItIsAskedFor) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    const std::string directory = run(std::to_string(signal));
    EXPECT_THAT(status_of_child([&] {
                  ::signal(signal, SIG_DFL);  // nohup has others ignored
                  install({CrashSignals::kFatalAndTermination});
                  SummaryWriter writer(directory, options_);
                  log_steps(writer, 1, 10);
                  ::raise(signal);
                }),
                DiedBy(signal));
    EXPECT_EQ(steps_in(directory), steps_to(10));
  }
}

TEST_F(CrashTest, TerminationThatIsIgnoredStaysSo) {
  EXPECT_THAT(status_of_child([&] {
                ::signal(SIGHUP, SIG_IGN);
                install({CrashSignals::kFatalAndTermination});
                SummaryWriter writer(run(), options_);
                log_steps(writer, 1, 10);
                ::raise(SIGHUP);
                ::_exit(kLivedOn);
              }),
              ExitedWith(kLivedOn));
  EXPECT_THAT(steps_in(run()), IsEmpty());
}

TEST_F(CrashTest, ATerminateHandlerIsCalledAfter) {
  EXPECT_THAT(status_of_child([&] {
                std::set_terminate([] { ::_exit(7); });
                install();
                SummaryWriter writer(run(), options_);
                log_steps(writer, 1, 10);
                throw_out_of_noexcept();
              }),
              ExitedWith(7));
  EXPECT_EQ(steps_in(run()), steps_to(10));
}

TEST_F(CrashTest, OptionsAreChecked) {
  EXPECT_THAT(install_crash_handler({static_cast<CrashSignals>(7)}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(install_crash_handler({{}, std::chrono::milliseconds(-1)}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(install_crash_handler({{}, std::chrono::seconds(11)}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

// ---- Where a writer is at work ----

// The tag is read with the writer's lock held.
TEST_F(CrashTest, AlsoInsideOfACall) {
  EXPECT_THAT(status_of_child([&] {
                install();
                SummaryWriter writer(run(), options_);
                log_steps(writer, 1, 10);
                const auto* nowhere = static_cast<char*>(page(PROT_NONE));
                writer.scalar(std::string_view(nowhere, 8), 1, 1);
              }),
              DiedBy(SIGSEGV));
  EXPECT_EQ(steps_in(run()), steps_to(10));
}

TEST_F(CrashTest, AlsoInsideOfOnError) {
  EXPECT_THAT(status_of_child([&] {
                install();
                options_.on_error = [](const absl::Status&) {
                  write_to_nowhere();
                };
                SummaryWriter writer(run(), options_);
                log_steps(writer, 1, 10);
                writer.scalar("", 1, 1);
              }),
              DiedBy(SIGSEGV));
  EXPECT_EQ(steps_in(run()), steps_to(10));
}

// A file that waits for ever in the middle of a write.
class StuckFile final : public WritableFile {
 public:
  StuckFile(std::unique_ptr<WritableFile> base, std::atomic<bool>& stuck)
      : base_(std::move(base)), stuck_(stuck) {}
  absl::Status append(std::string_view bytes, size_t* written) override {
    if (!first_) {
      stuck_ = true;
      for (;;) ::pause();
    }
    first_ = false;
    return base_->append(bytes, written);
  }
  absl::Status sync() override { return base_->sync(); }
  absl::Status close() override { return base_->close(); }
  int descriptor() const noexcept override { return base_->descriptor(); }

 private:
  std::unique_ptr<WritableFile> base_;
  std::atomic<bool>& stuck_;
  bool first_ = true;
};

class StuckFileSystem final : public FileSystem {
 public:
  absl::StatusOr<std::unique_ptr<WritableFile>> create(
      const std::string& path) override {
    auto file = real()->create(path);
    if (!file.ok()) return file.status();
    return std::make_unique<StuckFile>(*std::move(file), stuck);
  }
  absl::Status create_directories(const std::string& path) override {
    return real()->create_directories(path);
  }
  absl::StatusOr<std::string> absolute(const std::string& path) override {
    return real()->absolute(path);
  }

  std::atomic<bool> stuck{false};
};

TEST_F(CrashTest, AWriteThatHangsHoldsNobodyUp) {
  EXPECT_THAT(status_of_child([&] {
                install({CrashSignals::kFatal, std::chrono::milliseconds(10)});
                StuckFileSystem slow;
                WriterOptions options = options_;
                options.max_flush_delay = std::chrono::milliseconds(1);
                options.file_system = &slow;
                SummaryWriter stuck(run("stuck"), options);
                SummaryWriter writer(run(), options_);
                log_steps(writer, 1, 10);
                log_steps(stuck, 1, 10);
                while (!slow.stuck) std::this_thread::yield();
                write_to_nowhere();
              }),
              DiedBy(SIGSEGV));
  EXPECT_EQ(steps_in(run()), steps_to(10));
  EXPECT_THAT(steps_in(run("stuck")), IsEmpty());
}

// What threads had logged when a signal came at any moment; shared with the
// parent.
struct Logged {
  std::atomic<int64_t> last[2];
};

// Where calls are many, the signal finds the lock taken, half a record, or the
// other thread at work. The environment variable TBLOG_KILLS says how often.
TEST_F(CrashTest, AtAnyMomentNothingIsLostOrTorn) {
  void* const memory = ::mmap(nullptr, sizeof(Logged), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const char* const kills = std::getenv("TBLOG_KILLS");
  const int rounds = kills != nullptr ? std::atoi(kills) : 5;
  std::mt19937 random(1);
  for (int round = 0; round < rounds; ++round) {
    auto* const logged = new (memory) Logged{};
    const std::string directory = run(std::to_string(round));
    const auto pause = std::chrono::microseconds(random() % 1'000);
    EXPECT_THAT(status_of_child([&] {
                  install({CrashSignals::kFatalAndTermination});
                  SummaryWriter writer(directory, options_);
                  std::atomic<bool> go{false};
                  const auto log = [&](size_t thread) {
                    SummaryWriter run = writer.child(std::to_string(thread));
                    for (int64_t step = 1; step <= 10'000; ++step) {
                      run.scalar("loss", 1, step);
                      logged->last[thread] = step;
                      if (thread == 0) go = true;
                    }
                    for (;;) ::pause();
                  };
                  std::thread first(log, 0);
                  std::thread second(log, 1);
                  while (!go) std::this_thread::yield();
                  std::this_thread::sleep_for(pause);
                  ::pthread_kill(first.native_handle(), SIGTERM);
                  first.join();
                }),
                DiedBy(SIGTERM));
    for (const int thread : {0, 1}) {
      SCOPED_TRACE(round);
      const std::vector<int64_t> steps =
          steps_in(directory + "/" + std::to_string(thread));
      EXPECT_EQ(steps, steps_to(static_cast<int64_t>(steps.size())));
      // The one that goes on while the handler writes may be ahead of it.
      if (thread == 0) {
        EXPECT_GE(static_cast<int64_t>(steps.size()), logged->last[thread]);
      }
    }
    std::filesystem::remove_all(directory);
  }
  ::munmap(memory, sizeof(Logged));
}

// ---- Where the process lives on ----

TEST_F(CrashTest, WhereItLivesOnNothingIsWrittenTwice) {
  EXPECT_THAT(status_of_child([&] {
                ::signal(SIGTERM, [](int) {});
                install({CrashSignals::kFatalAndTermination});
                SummaryWriter writer(run(), options_);
                SummaryWriter test = writer.child("test");
                log_steps(writer, 1, 10);
                log_steps(test, 1, 10);
                ::raise(SIGTERM);
                ::raise(SIGTERM);
                if (steps_in(run()) != steps_to(10)) ::_exit(1);
                log_steps(writer, 11, 20);
                log_steps(test, 11, 20);
                ::raise(SIGTERM);
                log_steps(writer, 21, 30);
                log_steps(test, 21, 30);
                if (!writer.close().ok()) ::_exit(2);
              }),
              ExitedWith(kLivedOn));
  EXPECT_EQ(steps_in(run()), steps_to(30));
  EXPECT_EQ(steps_in(run() + "/test"), steps_to(30));
}

sigjmp_buf recovered;

TEST_F(CrashTest, AProgramThatRecoversFromFaultsDoesSo) {
  EXPECT_THAT(status_of_child([&] {
                struct sigaction recover = {};
                recover.sa_handler = [](int) { ::siglongjmp(recovered, 1); };
                ::sigaction(SIGSEGV, &recover, nullptr);
                install();
                SummaryWriter writer(run(), options_);
                for (int64_t step : {1, 2, 3}) {
                  writer.scalar("loss", 1, step);
                  if (sigsetjmp(recovered, 1) == 0) write_to_nowhere();
                }
                if (!writer.close().ok()) ::_exit(1);
              }),
              ExitedWith(kLivedOn));
  EXPECT_EQ(steps_in(run()), steps_to(3));
}

TEST_F(CrashTest, FilesThatAreToBeginAreWrittenToTheOpenOne) {
  options_.max_file_bytes = 1024;
  EXPECT_THAT(status_of_child([&] {
                install();
                SummaryWriter writer(run(), options_);
                log_steps(writer, 1, 1000);
                std::abort();
              }),
              DiedBy(SIGABRT));
  EXPECT_EQ(steps_in(run()), steps_to(1000));
  EXPECT_THAT(event_files(run()), SizeIs(1));
}

TEST_F(CrashTest, AfterAFileWasEndedANewOneBegins) {
  EXPECT_THAT(status_of_child([&] {
                install();
                SummaryWriter writer(run(), options_);
                log_steps(writer, 1, 5);
                if (!writer.flush(FlushLevel::kNewFile).ok()) ::_exit(1);
                log_steps(writer, 6, 10);
                std::abort();
              }),
              DiedBy(SIGABRT));
  EXPECT_EQ(steps_in(run()), steps_to(10));
  EXPECT_THAT(event_files(run()), SizeIs(2));
}

TEST_F(CrashTest, AFullDiskLeavesTheRestToTheSystem) {
  EXPECT_THAT(status_of_child([&] {
                install();
                SummaryWriter writer(run(), options_);
                log_steps(writer, 1, 1000);
                ::signal(SIGXFSZ, SIG_IGN);
                const rlimit small{4096, 4096};
                ::setrlimit(RLIMIT_FSIZE, &small);
                std::abort();
              }),
              DiedBy(SIGABRT));
  const std::vector<std::string> files = event_files(run());
  ASSERT_THAT(files, SizeIs(1));
  EXPECT_EQ(std::filesystem::file_size(files[0]), 4096u);
}

// ---- Processes ----

TEST_F(CrashTest, AChildOfForkLeavesItsParentsWriterAlone) {
  EXPECT_THAT(status_of_child([&] {
                install();
                SummaryWriter writer(run(), options_);
                log_steps(writer, 1, 10);
                const int status = status_of_child([] { std::abort(); });
                if (!WIFSIGNALED(status) && !kSanitized) ::_exit(1);
                if (!steps_in(run()).empty()) ::_exit(2);
                std::abort();
              }),
              DiedBy(SIGABRT));
  EXPECT_EQ(steps_in(run()), steps_to(10));
}

TEST_F(CrashTest, AChildThatReopensHasItsOwnWritten) {
  if (kThreadSanitized) GTEST_SKIP() << kNoThreadsInChildren;
  options_.after_fork = AfterFork::kReopen;
  SummaryWriter writer(run(), options_);
  log_steps(writer, 1, 10);
  EXPECT_THAT(status_of_child([&] {
                install();
                log_steps(writer, 1, 5);
                std::abort();
              }),
              DiedBy(SIGABRT));
  EXPECT_THAT(writer.close(), IsOk());
  std::vector<int64_t> steps = steps_in(run());
  EXPECT_THAT(steps, SizeIs(15));
}

}  // namespace
}  // namespace tblog::testing
