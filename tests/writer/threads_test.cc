// SPDX-License-Identifier: Apache-2.0
//
// Many threads on one writer: nothing is lost, and each thread's order is kept.

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

class ThreadsTest : public WriterFixture {
 protected:
  static constexpr int kSteps = 2000;

  void log_from(int threads) {
    std::vector<std::thread> running;
    for (int t = 0; t < threads; ++t) {
      running.emplace_back([this, t] {
        const std::string own = "own" + std::to_string(t);
        SummaryWriter child = writer_->child("child" + std::to_string(t % 2));
        for (int step = 0; step < kSteps; ++step) {
          writer_->scalar(own, step, step);
          if (step % 10 == 0)
            child.scalars({{own, step}, {own + "/b", 1}}, step);
          if (step % 100 == 0) {
            writer_->histogram(own + "/h", std::vector<float>{1, 2}, step);
            writer_->text(own + "/t", std::string(100'000, 'x'), step);
          }
          if (step % 500 == 0) {
            EXPECT_THAT(writer_->flush(), IsOk());
          }
        }
      });
    }
    for (std::thread& thread : running) thread.join();
  }
};

TEST_F(ThreadsTest, NothingIsLostAndOrderIsKept) {
  options_.clock = nullptr;
  options_.max_block = std::chrono::seconds(60);
  for (int threads : {1, 4, 16}) {
    SCOPED_TRACE(threads);
    memory_.clear();
    open();
    log_from(threads);
    EXPECT_THAT(writer_->close(), IsOk());
    std::map<std::string, int64_t> last;
    std::map<std::string, int> count;
    for (const auto& event : events()) {
      const auto& value = event.summary().value(0);
      const bool first = count[value.tag()]++ == 0;
      EXPECT_EQ(value.has_metadata(), first) << value.tag();
      if (!first) {
        EXPECT_GT(event.step(), last[value.tag()]);
      }
      last[value.tag()] = event.step();
    }
    EXPECT_EQ(count.size(), static_cast<size_t>(3 * threads));
    for (int t = 0; t < threads; ++t) {
      const std::string own = "own" + std::to_string(t);
      EXPECT_EQ(count[own], kSteps);
      EXPECT_EQ(count[own + "/h"], kSteps / 100);
      EXPECT_EQ(count[own + "/t"], kSteps / 100);
    }
    EXPECT_EQ(writer_->stats().events,
              static_cast<uint64_t>(threads) *
                  (kSteps + kSteps / 10 + 2 * kSteps / 100));
  }
}

// Several threads on one new tag: whichever value comes first in the file has
// the metadata.
TEST_F(ThreadsTest, NoValueOvertakesItsMetadata) {
  options_.clock = nullptr;
  for (int round = 0; round < 50; ++round) {
    memory_.clear();
    open();
    std::vector<std::thread> running;
    for (int t = 0; t < 4; ++t) {
      running.emplace_back([this, t] {
        for (int i = 0; i < 5; ++i)
          writer_->text("shared", std::string(10'000, 'x'), t + 4 * i);
      });
    }
    for (std::thread& thread : running) thread.join();
    const auto events = this->events();
    ASSERT_EQ(events.size(), 20u);
    EXPECT_TRUE(events[0].summary().value(0).has_metadata());
  }
}

TEST_F(ThreadsTest, LoggingWhileClosing) {
  options_.clock = nullptr;
  open();
  std::vector<std::thread> running;
  for (int t = 0; t < 4; ++t) {
    running.emplace_back([this, t] {
      for (int step = 0; step < 5000; ++step) {
        writer_->scalar("x" + std::to_string(t), 1, step);
        if (step % 1000 == 0)
          writer_->child("c" + std::to_string(step)).scalar("y", 1, step);
      }
    });
  }
  writer_->close().IgnoreError();
  for (std::thread& thread : running) thread.join();
  const WriterStats stats = writer_->stats();
  EXPECT_EQ(stats.events + stats.dropped, 4u * 5005);
  size_t readable = 0;
  for (const std::string& path : memory_.paths())
    readable += parse_file(memory_.contents(path)).size();
  EXPECT_EQ(readable, stats.events);
}

}  // namespace
}  // namespace tblog::testing
