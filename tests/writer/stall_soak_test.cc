// SPDX-License-Identifier: Apache-2.0
//
// A real disk that hangs for a real minute, while a loop logs scalars: how long
// its calls take. The environment variable TBLOG_STALL_SECS shortens the
// minute.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tblog/summary_writer.h"
#include "tests/testing/parsed_events.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog::testing {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using SteadyClock = std::chrono::steady_clock;

// The real files, whose next append takes its time.
class StallingFileSystem final : public FileSystem {
 public:
  absl::StatusOr<std::unique_ptr<WritableFile>> create(
      const std::string& path) override {
    auto file = real().create(path);
    if (!file.ok()) return file.status();
    return std::make_unique<File>(*this, *std::move(file));
  }
  absl::Status create_directories(const std::string& path) override {
    return real().create_directories(path);
  }
  absl::StatusOr<std::string> absolute(const std::string& path) override {
    return real().absolute(path);
  }

  void stall(seconds time) { stall_ = time; }
  bool is_stalled() const { return is_stalled_; }

 private:
  class File final : public WritableFile {
   public:
    File(StallingFileSystem& owner, std::unique_ptr<WritableFile> base)
        : owner_(owner), base_(std::move(base)) {}
    absl::Status append(std::string_view bytes, size_t* written) override {
      const seconds time = owner_.stall_.exchange(seconds(0));
      owner_.is_stalled_ = time.count() > 0;
      std::this_thread::sleep_for(time);
      owner_.is_stalled_ = false;
      return base_->append(bytes, written);
    }
    absl::Status sync() override { return base_->sync(); }
    absl::Status close() override { return base_->close(); }

   private:
    StallingFileSystem& owner_;
    std::unique_ptr<WritableFile> base_;
  };

  static FileSystem& real() { return *FileSystem::real(); }

  std::atomic<seconds> stall_{seconds(0)};
  std::atomic<bool> is_stalled_{false};
};

// How long things took, sorted.
class Latencies {
 public:
  explicit Latencies(size_t capacity) { took_.reserve(capacity); }

  template <class F>
  void time(F&& call) {
    const SteadyClock::time_point before = SteadyClock::now();
    call();
    took_.push_back(SteadyClock::now() - before);
  }
  nanoseconds quantile(double q) {
    const auto at =
        static_cast<size_t>(q * static_cast<double>(took_.size() - 1));
    std::nth_element(took_.begin(),
                     took_.begin() + static_cast<std::ptrdiff_t>(at),
                     took_.end());
    return took_.at(at);
  }
  void print(const char* what) {
    std::printf(
        "%s: %zu calls, p50 %.2f us, p99 %.2f us, p99.9 %.2f us, max "
        "%.2f us\n",
        what, took_.size(), micros(0.5), micros(0.99), micros(0.999),
        micros(1));
  }

 private:
  double micros(double q) {
    return std::chrono::duration<double, std::micro>(quantile(q)).count();
  }

  std::vector<nanoseconds> took_;
};

class StallSoakTest : public ::testing::Test {
 protected:
  static constexpr size_t kScalarBytes = 56;  // about
  static constexpr size_t kMemoryBytes = size_t{256} << 20;

  StallSoakTest() {
    const char* secs = std::getenv("TBLOG_STALL_SECS");
    stall_ = seconds(secs == nullptr ? 60 : std::atoi(secs));
    options_.file_system = &files_;
    options_.on_error = [](const absl::Status&) {};
  }

  // Logs one scalar after the other while the disk stalls, `pause` apart where
  // there is one. Between them and beside them, to see what the machine adds,
  // the same bytes go to memory that was never touched, and a thread sleeps for
  // max_block.
  void log_through_stall(SummaryWriter& writer, nanoseconds pause) {
    const auto memory = std::make_unique_for_overwrite<char[]>(kMemoryBytes);
    size_t used = 0;
    files_.stall(stall_);
    writer.scalar("loss", 0, step_++);
    while (!files_.is_stalled()) std::this_thread::yield();
    std::thread sleeper([&] {
      while (files_.is_stalled())
        sleeps_.time([&] { std::this_thread::sleep_for(options_.max_block); });
    });
    SteadyClock::time_point next = SteadyClock::now();
    while (files_.is_stalled()) {
      calls_.time([&] { writer.scalar("loss", 0, step_++); });
      machine_.time([&] { std::memset(&memory[used], 1, kScalarBytes); });
      used = (used + kScalarBytes) % (kMemoryBytes - kScalarBytes);
      next += pause;
      while (SteadyClock::now() < next) {
      }
    }
    sleeper.join();
    calls_.print("scalar()");
    machine_.print("memory");
    sleeps_.print("sleep of max_block");
  }

  // 5 µs and max_block + 5 ms; more where the machine itself
  // takes as long, as one does that has other work.
  void expect_max_block() {
    EXPECT_LE(calls_.quantile(1),
              std::max<nanoseconds>(options_.max_block + milliseconds(5),
                                    sleeps_.quantile(1) + milliseconds(5)));
  }
  void expect_fast() {
    EXPECT_LE(
        calls_.quantile(0.999),
        std::max<nanoseconds>(microseconds(5), 3 * machine_.quantile(0.999)));
  }

  void expect_counts_add_up(SummaryWriter& writer) {
    writer.close().IgnoreError();
    uint64_t events = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(writer.logdir())) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string contents(std::istreambuf_iterator<char>(file), {});
      events += parse_file(contents).size();
    }
    EXPECT_EQ(events + writer.stats().dropped, static_cast<uint64_t>(step_));
  }

  TempDir dir_;
  StallingFileSystem files_;
  WriterOptions options_;
  seconds stall_{0};
  Latencies calls_{4'000'000};
  Latencies machine_{4'000'000};
  Latencies sleeps_{100'000};
  int64_t step_ = 0;
};

// 10,000 scalars a second for a minute fit into 64 MiB.
TEST_F(StallSoakTest, ScalarsDoNotFeelIt) {
  SummaryWriter writer(dir_ / "run", options_);
  log_through_stall(writer, microseconds(100));
  expect_fast();
  expect_max_block();
  EXPECT_EQ(writer.stats().dropped, 0u);
  expect_counts_add_up(writer);
}

TEST_F(StallSoakTest, NoCallTakesLongerThanMaxBlock) {
  options_.max_pending_bytes = 1 << 20;
  SummaryWriter writer(dir_ / "run", options_);
  log_through_stall(writer, nanoseconds(0));
  expect_max_block();
  EXPECT_GE(writer.stats().dropped, 1u);
  expect_counts_add_up(writer);
}

TEST_F(StallSoakTest, NoCallWaitsWhereTheOldestGiveWay) {
  options_.max_pending_bytes = 1 << 20;
  options_.overflow = Overflow::kDropOldest;
  SummaryWriter writer(dir_ / "run", options_);
  log_through_stall(writer, microseconds(20));
  expect_fast();
  expect_max_block();
  EXPECT_GE(writer.stats().dropped, 1u);
  expect_counts_add_up(writer);
}

}  // namespace
}  // namespace tblog::testing
