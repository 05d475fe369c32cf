// SPDX-License-Identifier: Apache-2.0
//
// LayerHooks in a child of fork(), also where another thread holds their locks.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tblog/layer_hooks.h"
#include "tests/testing/parsed_events.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

using Values = std::vector<float>;

// Holds other threads that come to a place until it is told to let go.
class Barrier {
 public:
  // Takes no lock where it holds nobody: a child of fork() would have it taken
  // for ever.
  void pass() {
    if (!holds_ || std::this_thread::get_id() == owner_) return;
    std::unique_lock<std::mutex> lock(mutex_);
    held_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !holds_; });
  }
  void hold() { holds_ = true; }
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
  std::atomic<bool> holds_{false};
  bool held_ = false;
};

// Steps are opened, and ask the time, with the hooks' lock held.
class HoldingClock final : public Clock {
 public:
  explicit HoldingClock(Barrier& barrier) : barrier_(barrier) {}
  double wall_time() noexcept override { return Clock::real()->wall_time(); }
  Monotonic now() noexcept override {
    barrier_.pass();
    return Clock::real()->now();
  }
  void wait_until(std::condition_variable& wakeup,
                  std::unique_lock<std::mutex>& lock,
                  Monotonic deadline) noexcept override {
    Clock::real()->wait_until(wakeup, lock, deadline);
  }

 private:
  Barrier& barrier_;
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

class HookForkTest : public ::testing::Test {
 protected:
  void open(AfterFork after_fork) {
    WriterOptions options;
    options.after_fork = after_fork;
    options.on_error = [](const absl::Status&) {};
    writer_.emplace(dir_.path() + "/run", options);
    HookOptions hook_options;
    hook_options.clock = &clock_;
    hook_options.on_error = [this](const absl::Status&) { error_.pass(); };
    hooks_.emplace(
        *writer_,
        std::vector{Rule::layers("*").outputs().tensor().watch_nonfinite(),
                    Rule::layers("#0").weights().tensor(),
                    Rule::where([this](const LayerInfo&) {
                      predicate_.pass();  // under the hooks' lock, too
                      return true;
                    })
                        .shapes()
                        .in(Phase("never"))},
        hook_options);
    BoundLayer layer{"bound"};
    layer.parameters = [this](const ParameterVisitor& visit) {
      provider_.pass();  // under the binding's lock
      visit({"kernel", weight_});
    };
    binding_ = hooks_->bind({layer});
    ASSERT_THAT(binding_, IsOk());
    capture_ = hooks_->capture({"*"});
  }

  // The tags of each file there is.
  std::vector<std::set<std::string>> files() {
    std::vector<std::string> paths;
    for (const auto& entry :
         std::filesystem::directory_iterator(dir_.path() + "/run")) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    std::vector<std::set<std::string>> files;
    for (const std::string& path : paths) {
      std::ifstream file(path, std::ios::binary);
      std::set<std::string>& tags = files.emplace_back();
      for (const auto& event :
           parse_file(std::string(std::istreambuf_iterator<char>(file), {}))) {
        for (const auto& value : event.summary().value()) {
          tags.insert(value.tag());
        }
      }
    }
    return files;
  }

  void train(int64_t step) {
    auto scope = hooks_->step(step, Phase::kTrain);
    hooks_->tap("tapped", Values{1});
    if (binding_->size() > 0) {
      hooks_->observe(binding_->layer(0), TensorKind::kOutputs, Values{1});
    }
    scope.end_backward();
  }

  // Every call there is; the handles go too.
  void call_everything() {
    hooks_->log_graph();
    hooks_->declare({"x"});
    {
      auto thread = hooks_->thread_step(90, Phase::kEval);
      auto scope = hooks_->step(100, Phase::kTrain);
      const auto prefix = hooks_->scope("p");
      hooks_->tap("tapped", Values{1});
      hooks_->tap("bad", Values{NAN});
      hooks_->observe(binding_->layer(0), TensorKind::kOutputs, Values{1});
      hooks_->observe(binding_->layer(0), TensorKind::kGradients, Values{1},
                      token_);
      hooks_->observe(binding_->layer(0), TensorKind::kGradients, Values{1},
                      hooks_->token());
      hooks_->note_training("tapped", false);
      hooks_->note_time("tapped", TimedPass::kForward, hooks_->now(),
                        hooks_->now());
      hooks_->note_time(binding_->layer(0), TimedPass::kForward, hooks_->now(),
                        hooks_->now());
      scope.end_backward();
    }
    const Capture fresh = hooks_->capture({"tapped"});
    static_cast<void>(fresh.names());
    static_cast<void>(capture_->names());
    static_cast<void>(hooks_->bind({{"other"}}));
    static_cast<void>(hooks_->unmatched());
    static_cast<void>(hooks_->never_fired());
    static_cast<void>(hooks_->status());
    static_cast<void>(hooks_->reports());
    static_cast<void>(hooks_->stats());
    binding_ = absl::UnknownError("gone");
    capture_.reset();
    hooks_.reset();
    writer_.reset();
  }

  TempDir dir_;
  Barrier clock_barrier_, predicate_, provider_, error_;
  HoldingClock clock_{clock_barrier_};
  Values weight_{1, 2};
  std::optional<SummaryWriter> writer_;
  std::optional<LayerHooks> hooks_;
  absl::StatusOr<Binding> binding_;
  std::optional<Capture> capture_;
  StepToken token_;
};

TEST_F(HookForkTest, InAChildEveryCallReturnsAndDoesNothing) {
  open(AfterFork::kInert);
  auto scope = hooks_->step(0, Phase::kTrain);
  token_ = hooks_->token();
  hooks_->tap("tapped", Values{1});
  EXPECT_EQ(run_in_child([this] {
              const bool inert = !hooks_->status().ok() &&
                                 hooks_->stats().observed == 0 &&
                                 !hooks_->bind({{"other"}}).ok();
              call_everything();
              return inert;
            }),
            0);
  EXPECT_EQ(hooks_->stats().observed, 1u);
  hooks_->tap("second", Values{1});
  { const auto ends = std::move(scope); }
  writer_->close().IgnoreError();
  ASSERT_THAT(files(), ::testing::SizeIs(1));
  EXPECT_THAT(files()[0],
              ::testing::UnorderedElementsAre(
                  "tapped/outputs/tensor", "tapped/outputs/nonfinite_count",
                  "second/outputs/tensor", "second/outputs/nonfinite_count",
                  "bound/kernel/weights/tensor"));
}

TEST_F(HookForkTest, AChildWhoseWriterReopensGoesOn) {
  open(AfterFork::kReopen);
  train(0);
  auto scope = hooks_->step(1, Phase::kTrain);
  const auto prefix = hooks_->scope("p");
  hooks_->tap("parents", Values{1});
  EXPECT_EQ(run_in_child([this] {
              hooks_->tap("between",
                          Values{1});  // belongs to the parent's step
              train(2);
              const bool captured = capture_->names().size() == 2;
              binding_->remove();
              train(3);
              const bool ok = hooks_->status().ok() && writer_->close().ok();
              return captured && ok;
            }),
            0);
  { const auto ends = std::move(scope); }
  writer_->close().IgnoreError();
  const auto files = this->files();
  ASSERT_THAT(files, ::testing::SizeIs(2));
  EXPECT_EQ(files[0].count("p/parents/outputs/tensor"), 1u);
  EXPECT_THAT(files[1],
              ::testing::UnorderedElementsAre(
                  "p/tapped/outputs/tensor", "p/tapped/outputs/nonfinite_count",
                  "bound/outputs/tensor", "bound/outputs/nonfinite_count",
                  "bound/kernel/weights/tensor"));
}

TEST_F(HookForkTest, AChildsChildGoesOnToo) {
  open(AfterFork::kReopen);
  EXPECT_EQ(run_in_child([this] {
              train(1);
              const auto more = hooks_->bind({{"more"}});
              return run_in_child([&] {
                       train(2);
                       {
                         const auto scope = hooks_->step(3, Phase::kTrain);
                         hooks_->observe(more->layer(0), TensorKind::kOutputs,
                                         Values{1});
                       }
                       return hooks_->status().ok() && writer_->close().ok();
                     }) == 0 &&
                     writer_->close().ok();
            }),
            0);
  writer_->close().IgnoreError();
  const auto files = this->files();
  ASSERT_THAT(files, Not(IsEmpty()));
  EXPECT_THAT(files.back(), IsSupersetOf({"bound/outputs/tensor",
                                          "bound/kernel/weights/tensor",
                                          "more/outputs/tensor"}));
}

struct Lock {
  const char* name;
  AfterFork after_fork;
};

// Each lock is held by another thread while the process forks.
class HeldLockTest : public HookForkTest,
                     public ::testing::WithParamInterface<Lock> {
 protected:
  Barrier& barrier() {
    const std::string name = GetParam().name;
    if (name == "table") return predicate_;
    if (name == "steps") return clock_barrier_;
    return name == "binding" ? provider_ : error_;
  }
};

TEST_P(HeldLockTest, EveryCallInAChildReturns) {
  open(GetParam().after_fork);
  train(0);
  barrier().hold();
  std::thread holder([this] {
    // The name of the phase is too long, which is told.
    const auto scope = hooks_->thread_step(1, Phase(std::string(60, 'x')));
    hooks_->tap("new", Values{1});
  });
  barrier().await_held();
  EXPECT_EQ(run_in_child([this] {
              if (GetParam().after_fork == AfterFork::kReopen) {
                train(5);
                if (!hooks_->status().ok() || hooks_->stats().logged == 0) {
                  return false;
                }
              }
              call_everything();
              return true;
            }),
            0);
  barrier().let_go();
  holder.join();
  train(2);
  EXPECT_THAT(hooks_->status(), IsOk());
}

INSTANTIATE_TEST_SUITE_P(
    Locks, HeldLockTest,
    ::testing::Values(
        Lock{"table", AfterFork::kInert}, Lock{"table", AfterFork::kReopen},
        Lock{"steps", AfterFork::kInert}, Lock{"steps", AfterFork::kReopen},
        Lock{"binding", AfterFork::kInert}, Lock{"binding", AfterFork::kReopen},
        Lock{"report", AfterFork::kInert}, Lock{"report", AfterFork::kReopen}),
    [](const auto& lock) {
      return std::string(lock.param.name) +
             (lock.param.after_fork == AfterFork::kInert ? "Inert" : "Reopen");
    });

TEST_F(HookForkTest, AlsoAtRandomMoments) {
  open(AfterFork::kReopen);
  std::atomic<bool> stop{false};
  std::thread logging([&] {
    for (int64_t step = 1000; !stop; ++step) {
      const auto scope = hooks_->thread_step(step, Phase::kTrain);
      hooks_->tap("other thread", Values{1});
    }
  });
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(run_in_child([this] {
                train(1);
                const bool ok = hooks_->status().ok();
                call_everything();
                return ok;
              }),
              0);
  }
  stop = true;
  logging.join();
}

TEST_F(HookForkTest, AlsoInsideACallback) {
  WriterOptions options;
  options.on_error = [](const absl::Status&) {};
  SummaryWriter writer(dir_.path() + "/run", options);
  int status = -1;
  bool in_child = false;
  LayerHooks hooks(writer,
                   {Rule::layers("*").tensor().call([&](const LayerEvent&) {
                     const pid_t pid = ::fork();
                     if (pid == 0) {
                       ::alarm(60);
                       in_child = true;
                     } else {
                       ::waitpid(pid, &status, 0);
                     }
                   })});
  {
    const auto scope = hooks.step(0, Phase::kTrain);
    hooks.tap("a", Values{1});
  }
  if (in_child) ::_exit(0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(hooks.stats().logged, 2u);
}

}  // namespace
}  // namespace tblog::testing
