// SPDX-License-Identifier: Apache-2.0
//
// Overflow::kDropOldest: calls never wait, what is newest is kept, and what
// depended on what was dropped stays right. The clock stands still, so that a
// call that waited would wait for ever.

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr size_t kQueueBytes = 64 << 10;
constexpr size_t kChunkBytes = kQueueBytes / 16;

class DropOldestTest : public WriterFixture {
 protected:
  DropOldestTest() {
    options_.max_pending_bytes = kQueueBytes;
    options_.overflow = Overflow::kDropOldest;
  }

  // Opens a writer whose first event, a text, hangs in the file system.
  void stall() {
    open();
    disk_.stall();
    writer_->text("first", std::string(1000, 'x'), 0);
    std::thread flusher([&] { writer_->flush().IgnoreError(); });
    disk_.await_stalled();
    flusher_ = std::move(flusher);
    calls_ = 1;
  }
  void end_stall() {
    disk_.resume();
    flusher_.join();
    writer_->close().IgnoreError();
  }

  void scalar(std::string_view tag, int step) {
    writer_->scalar(tag, step, step);
    ++calls_;
  }

  // The events of all files, in the order of their names; in each file each
  // tag's first value has metadata.
  std::vector<proto::Event> readable() {
    std::vector<proto::Event> all;
    for (const std::string& path : memory_.paths()) {
      std::set<std::string> seen;
      for (const proto::Event& event : parse_file(memory_.contents(path))) {
        for (const auto& value : event.summary().value()) {
          if (seen.insert(value.tag()).second) {
            EXPECT_TRUE(value.has_metadata())
                << value.tag() << " at step " << event.step() << " in " << path;
          }
        }
        all.push_back(event);
      }
    }
    return all;
  }

  std::vector<int64_t> steps_of(const std::vector<proto::Event>& events,
                                std::string_view tag) {
    std::vector<int64_t> steps;
    for (const proto::Event& event : events) {
      for (const auto& value : event.summary().value())
        if (value.tag() == tag) steps.push_back(event.step());
    }
    return steps;
  }

  void expect_counts_add_up(const std::vector<proto::Event>& events) {
    const WriterStats stats = writer_->stats();
    EXPECT_EQ(stats.events, events.size() + stats.dropped);
    EXPECT_EQ(stats.events, calls_);
    EXPECT_EQ(stats.pending_bytes, 0u);
    EXPECT_THAT(writer_->close(),
                StatusIs(absl::StatusCode::kDataLoss,
                         HasSubstr(std::to_string(stats.dropped))));
  }

  uint64_t calls_ = 0;  // that were accepted
  std::thread flusher_;
};

TEST_F(DropOldestTest, KeepsTheNewestAndCountsTheRest) {
  stall();
  for (int step = 0; step < 10'000; ++step) {
    scalar("x", step);
    EXPECT_LE(writer_->stats().pending_bytes, kQueueBytes);
  }
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("the oldest events are")));
  end_stall();
  const auto events = readable();
  expect_counts_add_up(events);
  const std::vector<int64_t> steps = steps_of(events, "x");
  ASSERT_GT(steps.size(), 0u);
  for (size_t i = 0; i < steps.size(); ++i)
    ASSERT_EQ(steps[i], static_cast<int64_t>(10'000 - steps.size() + i));
  // Not more than had to be: all but the stalled event and a chunk.
  size_t bytes = 0;
  for (const std::string& path : memory_.paths())
    bytes += memory_.contents(path).size();
  EXPECT_GT(bytes, kQueueBytes - 2 * kChunkBytes);
}

TEST_F(DropOldestTest, DropsNothingWhileThereIsRoom) {
  stall();
  for (int step = 0; step < 500; ++step) scalar("x", step);
  end_stall();
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(steps_of(readable(), "x"), SizeIs(500));
}

TEST_F(DropOldestTest, MetadataIsWrittenAgainWhereItWasDropped) {
  stall();
  writer_->describe("often", {.display_name = "Often"});
  for (int step = 0; step < 5'000; ++step) {
    scalar("often", step);
    if (step % 7 == 0) scalar("now and then", step);
    if (step % 1000 == 0) scalar("seldom", step);
    if (step % 100 == 0) {
      writer_->text("text", std::string(200, 'x'), step);
      writer_->scalars({{"a", 1}, {"b", 2}, {"seldom", 3}}, step + 1);
      calls_ += 2;
    }
    if (step % 500 == 0) {
      writer_->text("large", std::string(10'000, 'x'), step);
      ++calls_;
    }
  }
  end_stall();
  const auto events = readable();
  expect_counts_add_up(events);
  EXPECT_GT(writer_->stats().dropped, 4'000u);
  for (const proto::Event& event : events) {
    for (const auto& value : event.summary().value())
      if (value.tag() == "often" && value.has_metadata()) {
        EXPECT_EQ(value.metadata().display_name(), "Often");
      }
  }
}

// What was written before the stall is in the file; that a tag's metadata is
// repeated after it does no harm.
TEST_F(DropOldestTest, TagsOfBeforeTheStallGoOn) {
  open();
  for (int step = 0; step < 3; ++step) scalar("x", step);
  scalar("y", 0);
  EXPECT_THAT(writer_->flush(), IsOk());
  disk_.stall();
  writer_->text("first", "hangs", 0);
  std::thread flusher([&] { writer_->flush().IgnoreError(); });
  disk_.await_stalled();
  ++calls_;
  for (int step = 3; step < 10'000; ++step) scalar("x", step);
  disk_.resume();
  flusher.join();
  scalar("y", 1);
  writer_->close().IgnoreError();
  const auto events = readable();
  expect_counts_add_up(events);
  EXPECT_THAT(steps_of(events, "y"), ElementsAre(0, 1));
}

TEST_F(DropOldestTest, FilesBeginWhereTheyShould) {
  options_.max_file_bytes = 6'000;
  stall();
  for (int step = 0; step < 10'000; ++step)
    scalar(step % 2 == 0 ? "even" : "odd", step);
  end_stall();
  for (const std::string tag : {"even", "odd"}) {
    const auto steps = steps_of(readable(), tag);
    EXPECT_TRUE(std::is_sorted(steps.begin(), steps.end()));
  }
  const std::vector<std::string> paths = memory_.paths();
  ASSERT_GT(paths.size(), 8u);
  for (const std::string& path : paths) {
    EXPECT_LT(memory_.contents(path).size(), 6'300u);
    EXPECT_GT(parse_file(memory_.contents(path)).size(), 0u);
  }
}

TEST_F(DropOldestTest, CountsOfRotatedFilesAddUp) {
  options_.max_file_bytes = 6'000;
  stall();
  for (int step = 0; step < 10'000; ++step) scalar("x", step);
  writer_->child("test").scalar("x", 1, 0);
  ++calls_;
  end_stall();
  const auto events = readable();
  expect_counts_add_up(events);
  EXPECT_EQ(memory_.open_files(), 0u);
}

TEST_F(DropOldestTest, WhatIsLoggedOnceARunIsKept) {
  stall();
  writer_->hparams({{"lr", 0.1}});
  CustomScalarLayout layout;
  layout.category("c").multiline("m", {"x"});
  writer_->layout(layout);
  Graph graph;
  graph.node("n", "Op");
  writer_->graph(graph);
  calls_ += 3;
  for (int step = 0; step < 5'000; ++step) scalar("x", step);
  end_stall();
  ++calls_;  // the end of the session
  const auto events = readable();
  expect_counts_add_up(events);
  std::set<std::string> tags;
  bool has_graph = false;
  for (const proto::Event& event : events) {
    has_graph = has_graph || event.has_graph_def();
    for (const auto& value : event.summary().value()) tags.insert(value.tag());
  }
  EXPECT_TRUE(has_graph);
  EXPECT_EQ(tags.count("_hparams_/session_start_info"), 1u);
  EXPECT_EQ(tags.count("_hparams_/session_end_info"), 1u);
  EXPECT_EQ(tags.count("custom_scalars__config__"), 1u);
}

TEST_F(DropOldestTest, TheOldestOfAllRunsGoesFirst) {
  stall();
  SummaryWriter old_run = writer_->child("old");
  SummaryWriter new_run = writer_->child("new");
  old_run.scalar("x", 1, 0);
  for (int step = 0; step < 500; ++step) scalar("x", step);
  new_run.scalar("x", 1, 0);
  calls_ += 2;
  for (int step = 500; writer_->stats().dropped == 0; ++step) scalar("x", step);
  end_stall();
  const auto events = readable();
  expect_counts_add_up(events);
  EXPECT_THAT(memory_.paths_in("/memory/runs/a/old"), IsEmpty());
  EXPECT_THAT(memory_.paths_in("/memory/runs/a/new"), SizeIs(1));
}

TEST_F(DropOldestTest, AnEmbeddingThatWaitsIsAnEventAsOthers) {
  stall();
  writer_->embedding(
      "words", TensorView(std::vector<float>(100, 1.0f).data(), {10, 10}));
  for (int step = 0; step < 5'000; ++step) scalar("x", step);
  ++calls_;
  end_stall();
  expect_counts_add_up(readable());
  for (const std::string& path : memory_.paths())
    EXPECT_THAT(path, HasSubstr("tfevents"));
}

TEST_F(DropOldestTest, AnEventLargerThanTheQueueDropsNoOther) {
  stall();
  scalar("x", 0);
  writer_->text("huge", std::string(kQueueBytes, 'x'), 0);
  EXPECT_EQ(writer_->stats().dropped, 1u);
  end_stall();
  EXPECT_EQ(writer_->stats().dropped, 1u);
  EXPECT_THAT(readable(), SizeIs(2));
}

TEST_F(DropOldestTest, OrPassesAloneThroughAnEmptyOne) {
  open();
  writer_->text("huge", std::string(2 * kQueueBytes, 'x'), 0);
  EXPECT_THAT(writer_->flush(), IsOk());
  writer_->scalar("x", 1, 0);
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(readable(), SizeIs(2));
}

// A large event hangs, and a little less than it would still find no room if
// all the others went.
TEST_F(DropOldestTest, TheNewestIsDroppedWhereNoOtherWouldHelp) {
  open();
  disk_.stall();
  writer_->text("large", std::string(60'000, 'x'), 0);
  disk_.await_stalled();
  writer_->scalar("x", 1, 0);
  writer_->text("late", std::string(10'000, 'y'), 0);
  EXPECT_EQ(writer_->stats().dropped, 1u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("an event is dropped")));
  disk_.resume();
  writer_->close().IgnoreError();
  const auto events = readable();
  EXPECT_THAT(steps_of(events, "x"), ElementsAre(0));
  EXPECT_THAT(steps_of(events, "late"), IsEmpty());
}

TEST_F(DropOldestTest, AFailureAfterAStallIsCountedOnTop) {
  stall();
  for (int step = 0; step < 2'000; ++step) scalar("x", step);
  const uint64_t dropped = writer_->stats().dropped;
  disk_.fail(Operation::kAppend, 1, 1, absl::UnavailableError("blip"));
  end_stall();
  EXPECT_GT(writer_->stats().dropped, dropped);
  const WriterStats stats = writer_->stats();
  EXPECT_EQ(readable().size() + stats.dropped, calls_);
}

TEST_F(DropOldestTest, ThreadsAndStallsAddUp) {
  options_.clock = nullptr;
  options_.max_file_bytes = 20'000;
  open();
  constexpr int kThreads = 4;
  constexpr int kSteps = 5'000;
  std::atomic<int> running{kThreads};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t, &running] {
      SummaryWriter child = writer_->child("run" + std::to_string(t % 2));
      const std::string own = "own" + std::to_string(t);
      for (int step = 0; step < kSteps; ++step) {
        writer_->scalar(own, step, step);
        child.scalars({{own, 1}, {own + "b", 2}}, step);
        if (step % 50 == 0) child.text(own + "t", std::string(3000, 'x'), step);
      }
      --running;
    });
  }
  while (running > 0) {
    disk_.stall();
    std::this_thread::yield();
    disk_.resume();
    std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  writer_->close().IgnoreError();
  const auto events = readable();
  const WriterStats stats = writer_->stats();
  EXPECT_EQ(events.size() + stats.dropped,
            static_cast<size_t>(kThreads * (2 * kSteps + kSteps / 50)));
  std::map<std::string, std::vector<int64_t>> steps;
  for (const std::string& path : memory_.paths_in("/memory/runs/a")) {
    for (const auto& event : parse_file(memory_.contents(path)))
      steps[event.summary().value(0).tag()].push_back(event.step());
  }
  for (const auto& [tag, of_tag] : steps)
    EXPECT_TRUE(std::is_sorted(of_tag.begin(), of_tag.end())) << tag;
}

TEST_F(DropOldestTest, WritingThroughWaitsAsEver) {
  options_.durability = Durability::kWriteThrough;
  open();
  for (int step = 0; step < 5'000; ++step) scalar("x", step);
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(readable(), SizeIs(5'000));
}

}  // namespace
}  // namespace tblog::testing
