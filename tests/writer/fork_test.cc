// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tblog/clock.h"
#include "tblog/summary_writer.h"
#include "tests/testing/parsed_events.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tests/writer/dying_child.h"

namespace tblog::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The real clock, until it is told to hold whatever other thread asks it the
// time: the writer's thread does so with the writer's lock held.
class HoldingClock final : public Clock {
 public:
  double wall_time() noexcept override { return Clock::real()->wall_time(); }
  Monotonic now() noexcept override {
    std::unique_lock<std::mutex> lock(mutex_);
    if (holds_ && std::this_thread::get_id() != owner_) {
      held_ = true;
      changed_.notify_all();
      changed_.wait(lock, [this] { return !holds_; });
    }
    return Clock::real()->now();
  }
  void wait_until(std::condition_variable& wakeup,
                  std::unique_lock<std::mutex>& lock,
                  Monotonic deadline) noexcept override {
    Clock::real()->wait_until(wakeup, lock, deadline);
  }

  void hold() {
    std::lock_guard<std::mutex> lock(mutex_);
    holds_ = true;
  }
  void await_held() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return held_; });
  }
  void let_go() {
    std::lock_guard<std::mutex> lock(mutex_);
    holds_ = false;
    changed_.notify_all();
  }

 private:
  const std::thread::id owner_ = std::this_thread::get_id();
  std::mutex mutex_;
  std::condition_variable changed_;
  bool holds_ = false;
  bool held_ = false;
};

// Runs `child` in a child process: 0 where it returns true in time, else
// another status.
int run_in_child(const std::function<bool()>& child) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(60);  // a call that hangs ends the child by a signal
    ::_exit(child() ? 0 : 1);
  }
  int status = -1;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

class ForkTest : public ::testing::Test {
 protected:
  ForkTest() {
    options_.on_error = [this](const absl::Status& status) {
      reports_.push_back(status.ToString());
    };
  }

  std::vector<std::vector<proto::Event>> files(const std::string& run) const {
    std::vector<std::string> paths;
    for (const auto& entry :
         std::filesystem::directory_iterator(dir_.path() + "/" + run)) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    std::vector<std::vector<proto::Event>> files;
    for (const std::string& path : paths) {
      std::ifstream file(path, std::ios::binary);
      files.push_back(
          parse_file(std::string(std::istreambuf_iterator<char>(file), {})));
    }
    return files;
  }

  void open() { writer_.emplace(dir_.path() + "/run", options_); }

  // Returns when the writer's thread waits in `clock`, which it does with the
  // writer's lock: who wakes it up may have to wait for that, and is joined
  // when the clock has let go.
  std::thread hold_writing_thread(HoldingClock& clock) {
    clock.hold();
    std::thread waker([this] { writer_->scalar("loss", 1, 1); });
    clock.await_held();
    return waker;
  }

  TempDir dir_;
  WriterOptions options_;
  std::vector<std::string> reports_;
  std::optional<SummaryWriter> writer_;
};

// Every call there is; the handle goes too.
bool call_everything(std::optional<SummaryWriter>& writer) {
  const std::vector<float> values{1, 2};
  writer->scalar("loss", 1, 10);
  writer->scalar("", 1, 10);
  writer->scalars({{"a", 1}, {"b", 2}}, 10);
  writer->histogram("w", values, 10);
  writer->text("note", "hello", 10);
  writer->tensor("t", values, 10);
  writer->pr_curve("pr", values, values, 10);
  writer->mesh("mesh", {{values.data(), {1, 3}, {0, 0}}}, 10);
  CustomScalarLayout layout;
  layout.category("c").multiline("m", {"loss"});
  writer->layout(layout);
  writer->hparams({{"lr", 1}});
  HParamsExperiment{{{"lr"}}}.write(*writer);
  writer->embedding("e", {values.data(), {1, 2}}, 10);
  writer->checkpoint("model", 10);
  writer->describe("new", {"New", ""});
  writer->set_step(10);
  SummaryWriter child = writer->child("test");
  child.scalar("loss", 1, 10);
  const bool inert = !writer->enabled() && !writer->should_log("x", 1) &&
                     !child.enabled() && !writer->flush().ok() &&
                     !writer->close().ok() && !writer->status().ok() &&
                     writer->stats().events == 0;
  writer.reset();
  return inert;
}

TEST_F(ForkTest, InAChildEveryCallReturnsAndDoesNothing) {
  open();
  writer_->scalar("loss", 1, 1);
  EXPECT_EQ(run_in_child([this] { return call_everything(writer_); }), 0);
  writer_->scalar("loss", 2, 2);
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(files("run"), ElementsAre(SizeIs(2)));
  EXPECT_FALSE(std::filesystem::exists(dir_.path() + "/run/test"));
  EXPECT_THAT(reports_, IsEmpty());
}

TEST_F(ForkTest, AlsoWhereTheThreadThatWritesHoldsTheLock) {
  HoldingClock clock;
  options_.clock = &clock;
  open();
  std::thread waker = hold_writing_thread(clock);
  EXPECT_EQ(run_in_child([this] { return call_everything(writer_); }), 0);
  clock.let_go();
  waker.join();
  writer_->scalar("loss", 2, 2);
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(files("run"), ElementsAre(SizeIs(2)));
}

TEST_F(ForkTest, AlsoAtRandomMoments) {
  open();
  std::atomic<bool> stop{false};
  std::thread logging([&] {
    for (int step = 0; !stop; ++step) {
      // Many events make the test slow, and forks no rarer.
      if (step < 20'000) writer_->scalar("loss", step, step);
      if (step >= 20'000) static_cast<void>(writer_->stats());
    }
  });
  for (int i = 0; i < 30; ++i) {
    ASSERT_EQ(run_in_child([this] { return call_everything(writer_); }), 0);
  }
  stop = true;
  logging.join();
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_EQ(files("run").at(0).size(), writer_->stats().events);
}

class ReopenTest : public ForkTest {
 protected:
  void SetUp() override {
    if (kThreadSanitized) GTEST_SKIP() << kNoThreadsInChildren;
  }
};

TEST_F(ReopenTest, AChildThatReopensWritesFilesOfItsOwn) {
  HoldingClock clock;
  options_.clock = &clock;
  options_.after_fork = AfterFork::kReopen;
  open();
  writer_->child("test").scalar("loss", 1, 1);
  std::thread waker = hold_writing_thread(clock);
  EXPECT_EQ(run_in_child([&] {
              clock.let_go();
              const bool quiet = writer_->enabled() && writer_->flush().ok();
              writer_->scalar("child/loss", 5, 5);
              writer_->child("test").scalar("child/loss", 6, 6);
              const bool closed = writer_->close().ok();
              return quiet && closed && writer_->stats().events == 2;
            }),
            0);
  clock.let_go();
  waker.join();
  writer_->scalar("loss", 2, 2);
  EXPECT_THAT(writer_->close(), IsOk());
  const auto found = files("run");
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_THAT(found[0], SizeIs(2));
  ASSERT_THAT(found[1], SizeIs(1));
  EXPECT_EQ(found[1][0].summary().value(0).tag(), "child/loss");
  EXPECT_TRUE(found[1][0].summary().value(0).has_metadata());
  EXPECT_THAT(files("run/test"), SizeIs(2));
}

TEST_F(ReopenTest, AChildThatReopensClosesWithItsLastHandle) {
  options_.after_fork = AfterFork::kReopen;
  open();
  EXPECT_EQ(run_in_child([&] {
              writer_->scalar("child/loss", 5, 5);
              writer_.reset();
              return true;
            }),
            0);
  EXPECT_THAT(writer_->close(), IsOk());
  const auto found = files("run");
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_THAT(found[1], SizeIs(1));
}

TEST_F(ReopenTest, AChildsChildReopensToo) {
  options_.after_fork = AfterFork::kReopen;
  open();
  EXPECT_EQ(run_in_child([&] {
              writer_->scalar("child/loss", 5, 5);
              const int status = run_in_child([&] {
                writer_->scalar("grandchild/loss", 5, 5);
                writer_.reset();
                return true;
              });
              return writer_->close().ok() && status == 0;
            }),
            0);
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(files("run"), SizeIs(3));
}

// However a grandchild comes by its handles.
TEST_F(ReopenTest, AGrandchildHasOneWriterOfItsOwn) {
  options_.after_fork = AfterFork::kReopen;
  open();
  EXPECT_EQ(run_in_child([&] {
              std::optional<SummaryWriter> test = writer_->child("test");
              test->scalar("child/loss", 5, 5);
              const int status = run_in_child([&] {
                test->scalar("grandchild/loss", 5, 5);
                writer_->scalar("grandchild/loss", 5, 5);
                const bool one = writer_->stats().events == 2;
                test.reset();
                writer_.reset();
                return one;
              });
              test.reset();
              return status == 0 && writer_->close().ok();
            }),
            0);
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(files("run"), SizeIs(3));
  const auto found = files("run/test");
  EXPECT_THAT(found, SizeIs(2));
  for (const auto& file : found) EXPECT_THAT(file, SizeIs(1));
}

// Of event files, of embeddings, and of what was looked at.
TEST_F(ForkTest, AProgramThatIsRunInheritsNoDescriptor) {
  const std::vector<float> values{1, 2};
  { SummaryWriter(dir_.path() + "/run").scalar("loss", 1, 0); }
  options_.max_file_bytes = 1024;
  options_.durability = Durability::kSync;
  open();
  for (int64_t step = 1; step <= 50; ++step) writer_->scalar("a", 1, step);
  writer_->child("test").scalar("loss", 1, 1);
  writer_->embedding("e", {values.data(), {1, 2}}, 10);
  EXPECT_THAT(writer_->flush(FlushLevel::kDisk), IsOk());
  const std::string command =
      "! ls -l /proc/self/fd | grep '" + dir_.path() + "'";
  EXPECT_EQ(::system(command.c_str()), 0);
}

}  // namespace
}  // namespace tblog::testing
