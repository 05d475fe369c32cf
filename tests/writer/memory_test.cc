// SPDX-License-Identifier: Apache-2.0
//
// What logging allocates.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tblog/summary_writer.h"
#include "tests/testing/counted_memory.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/memory_file_system.h"
#include "tests/testing/null_file_system.h"
#include "tests/testing/parsed_events.h"
#include "tests/testing/status_matchers.h"

namespace tblog::testing {
namespace {

class WriterMemoryTest : public ::testing::Test {
 protected:
  WriterMemoryTest() {
    options_.file_system = &file_system_;
    options_.max_block = std::chrono::hours(1);
    options_.on_error = [](const absl::Status&) {};
  }

  NullFileSystem file_system_;
  WriterOptions options_;
};

// The clock stands still, so that all of them wait in the queue, but for what
// is written early.
TEST_F(WriterMemoryTest, ScalarsDoNotAllocateAfterATagsFirstUse) {
  FakeClock clock;
  options_.clock = &clock;
  SummaryWriter writer("runs/a", options_);
  SummaryWriter child = writer.child("test");
  const TagValue several[] = {{"a", 1}, {"b", 2}, {"c", 3}};
  writer.scalar("loss/train", 0.5, 0);
  writer.scalars(several, 3, 0);
  child.scalar("loss/test", 0.5, 0);
  const int64_t before = allocations();
  for (int step = 1; step <= 100'000; ++step) {
    writer.scalar("loss/train", 0.5, step);
    if (step % 10 == 0) writer.scalars(several, 3, step);
    if (step % 10 == 0) child.scalar("loss/test", 0.5, step);
  }
  EXPECT_EQ(allocations() - before, 0);
  EXPECT_EQ(writer.stats().dropped, 0u);
}

TEST_F(WriterMemoryTest, ThinnedScalarsDoNotEither) {
  FakeClock clock;
  options_.clock = &clock;
  options_.thin_scalars_after = 10;
  SummaryWriter writer("runs/a", options_);
  const TagValue several[] = {{"a", 1}, {"b", 2}, {"a", 3}};
  writer.scalar("loss/train", 0.5, 0);
  writer.scalars(several, 3, 0);
  const int64_t before = allocations();
  for (int step = 1; step <= 10'000; ++step) {
    writer.scalar("loss/train", 0.5, step);
    writer.scalars(several, 3, step);
  }
  EXPECT_EQ(allocations() - before, 0);
}

TEST_F(WriterMemoryTest, AMillionScalarsDoNotGrowMemory) {
  SummaryWriter writer("runs/a", options_);
  const auto log = [&](int from, int to) {
    for (int step = from; step < to; ++step) writer.scalar("x", 1, step);
    EXPECT_THAT(writer.flush(), IsOk());
  };
  log(0, 1000);
  const int64_t before = live_bytes();
  log(1000, 1'000'000);
  EXPECT_LE(live_bytes() - before, int64_t{64} << 20)
      << "not more than max_pending_bytes, whatever the I/O thread's pace";
  const int64_t half_way = live_bytes();
  const int64_t events = 500'000;
  for (int step = 1'000'000; step < 1'000'000 + events; ++step) {
    writer.scalar("x", 1, step);
    if (step % 10'000 == 0) {
      EXPECT_THAT(writer.flush(), IsOk());
    }
  }
  EXPECT_LE(live_bytes(), half_way);
  EXPECT_EQ(writer.stats().events, 1'500'000u);
  EXPECT_THAT(writer.close(), IsOk());
}

// Right after the table of tags has grown, when it is the emptiest.
TEST_F(WriterMemoryTest, ATagTakes300BytesBesideItsText) {
  constexpr int kTags = (1 << 16) + 1;
  options_.max_tags = 10'000'000;
  SummaryWriter writer("runs/a", options_);
  writer.scalar("first", 1, 0);
  EXPECT_THAT(writer.flush(), IsOk());
  const int64_t before = live_bytes();
  int64_t text_bytes = 0;
  std::string tag;
  for (int i = 0; i < kTags; ++i) {
    tag = "layers/" + std::to_string(i) + "/weights/norm";
    text_bytes += static_cast<int64_t>(tag.size());
    writer.scalar(tag, 1, 0);
    if (i % 1000 == 0) {
      EXPECT_THAT(writer.flush(), IsOk());
    }
  }
  EXPECT_THAT(writer.flush(), IsOk());
  const int64_t a_tag = (live_bytes() - before - text_bytes) / kTags;
  EXPECT_LE(a_tag, 300);
  // What it is today, so that nobody adds to it unawares.
  EXPECT_LE(a_tag, 170);
}

TEST_F(WriterMemoryTest, NorDoesOneWhoseScalarsAreThinned) {
  constexpr int kTags = (1 << 12) + 1;
  options_.thin_scalars_after = 1;
  SummaryWriter writer("runs/a", options_);
  writer.scalar("first", 1, 0);
  EXPECT_THAT(writer.flush(), IsOk());
  const int64_t before = live_bytes();
  int64_t text_bytes = 0;
  for (int i = 0; i < kTags; ++i) {
    const std::string tag = "layers/" + std::to_string(i) + "/weights/norm";
    text_bytes += static_cast<int64_t>(tag.size());
    for (int step : {0, 1, 2}) writer.scalar(tag, 1, step);
  }
  EXPECT_THAT(writer.flush(), IsOk());
  EXPECT_LE((live_bytes() - before - text_bytes) / kTags, 300);
}

// What was made for a large event is freed when it is written.
TEST_F(WriterMemoryTest, LargeEventsLeaveNothing) {
  SummaryWriter writer("runs/a", options_);
  writer.text("t", std::string(4 << 20, 'x'), 0);
  EXPECT_THAT(writer.flush(), IsOk());
  const int64_t before = live_bytes();
  for (int step = 1; step < 10; ++step)
    writer.text("t", std::string(4 << 20, 'x'), step);
  EXPECT_THAT(writer.flush(), IsOk());
  EXPECT_LT(live_bytes() - before, 64 << 10);
}

// All allocations of the caller from the nth on fail: nothing is thrown, and
// each event is in the file or counted as lost.
TEST_F(WriterMemoryTest, WithoutMemoryEventsAreCountedAsLost) {
  const std::vector<float> values(100, 1.0f);
  MemoryFileSystem memory;
  options_.file_system = &memory;
  for (int64_t nth = 0; nth < 60; ++nth) {
    memory.clear();
    SummaryWriter writer("runs/a", options_);
    const std::string long_tag(100, 't');
    {
      const AllocationsAllowed some(nth);
      writer.scalar(long_tag, 1, 0);
      writer.histogram("histogram", values, 0);
      writer.text("text", "some text that needs memory of its own", 0);
      writer.child("a-child-with-a-name").scalar("x", 1, 0);
    }
    writer.scalar("after", 1, 0);
    writer.close().IgnoreError();
    const WriterStats stats = writer.stats();
    EXPECT_LE(stats.events, 5u);
    EXPECT_GE(stats.events, 1u);
    size_t readable = 0;
    for (const std::string& path : memory.paths())
      readable += parse_file(memory.contents(path)).size();
    EXPECT_EQ(readable, stats.events) << nth;
    if (stats.events < 4) {
      EXPECT_GT(stats.dropped, 0u) << nth;
    }
  }
}

// The same of what takes many allocations.
TEST_F(WriterMemoryTest, WithoutMemoryMediaAreCounted) {
  const std::vector<float> values(2 * 16 * 16 * 3, 0.5f);
  const TensorView batch(values.data(), {2, 16, 16, 3});
  const ImageOptions with_boxes = {.boxes = {{1, 1, 9, 9, "a long label"}}};
  const std::vector<uint8_t> many(100 * 200);
  const TextTable table(5, std::vector<std::string>(5, std::string(40, 'x')));
  MemoryFileSystem memory;
  options_.file_system = &memory;
  for (int64_t nth = 0; nth < 300; ++nth) {
    memory.clear();
    SummaryWriter writer("runs/a", options_);
    {
      const AllocationsAllowed some(nth);
      writer.images("images", batch, 0, with_boxes);
      writer.image_grid("grid", batch, 0);
      writer.animation("animation", batch, 0);
      writer.audio("audio", TensorView(values.data(), {2, 768, 1}), 0);
      writer.text_table("table", table, 0);
      // Compressed by the writer's thread.
      writer.image("large", TensorView(many.data(), {100, 200, 1}), 0);
    }
    writer.close().IgnoreError();
    const WriterStats stats = writer.stats();
    EXPECT_EQ(stats.events + stats.dropped + stats.refused, 6u) << nth;
    size_t readable = 0;
    for (const std::string& path : memory.paths())
      readable += parse_file(memory.contents(path)).size();
    EXPECT_EQ(readable, stats.events) << nth;
  }
}

}  // namespace
}  // namespace tblog::testing
