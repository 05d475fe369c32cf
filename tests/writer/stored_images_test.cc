// SPDX-License-Identifier: Apache-2.0
//
// Images wait as they are and are compressed by the thread that writes; what is
// promised of what waits holds all the same.

#include "src/writer/stored_images.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "src/image/encode.h"
#include "src/image/stored_png.h"
#include "tblog/crash_handler.h"
#include "tests/testing/temp_dir.h"
#include "tests/writer/dying_child.h"
#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Such as is compressed well, though not to nothing.
std::vector<uint8_t> make_pixels(size_t n) {
  std::vector<uint8_t> pixels(n);
  for (size_t i = 0; i < n; ++i)
    pixels[i] = static_cast<uint8_t>(i / 600 + i % 600 / 8);
  return pixels;
}

constexpr int64_t kSide = 200;
constexpr size_t kRaw = kSide * kSide * 3;
const std::vector<uint8_t> kPixels = make_pixels(kRaw);
const TensorView kImage(kPixels.data(), {kSide, kSide, 3});
const TensorView kBatch(kPixels.data(), {2, kSide / 2, kSide, 3});

class StoredImagesTest : public WriterFixture {
 protected:
  // Until resume() nothing is written, and the call that finds it out waits.
  void open_stalled() {
    open();
    disk_.stall();
    writer_->scalar("x", 1, 1);
    flusher_ = std::thread([this] { writer_->flush().IgnoreError(); });
    disk_.await_stalled();
    before_ = writer_->stats();
  }
  void resume() {
    disk_.resume();
    flusher_.join();
  }
  uint64_t waiting() const {
    return writer_->stats().pending_bytes - before_.pending_bytes;
  }
  void TearDown() override {
    disk_.resume();
    if (flusher_.joinable()) flusher_.join();
  }

  std::thread flusher_;
  WriterStats before_;
};

TEST_F(StoredImagesTest, WhatIsWrittenIsCompressed) {
  open();
  writer_->describe("image", {.display_name = "Name"});
  writer_->image("image", kImage, 1);
  writer_->images("images", kBatch, 2);
  writer_->image_grid("grid", kBatch, 3);
  writer_->image("boxes", kImage, 4, {.boxes = {{1, 1, 90, 90, "a box"}}});
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(4));
  const auto pngs = [&](size_t i) {
    const auto& strings = events[i].summary().value(0).tensor().string_val();
    return std::vector<std::string>(strings.begin() + 2, strings.end());
  };
  EXPECT_THAT(pngs(0),
              ElementsAre(tblog::internal::encode_image(kImage, {})->png));
  const auto batch = tblog::internal::encode_images(kBatch, {});
  EXPECT_THAT(pngs(1), ElementsAre((*batch)[0].png, (*batch)[1].png));
  EXPECT_THAT(pngs(2),
              ElementsAre(tblog::internal::encode_image_grid(kBatch, {})->png));
  EXPECT_THAT(pngs(3),
              ElementsAre(tblog::internal::encode_image(
                              kImage, {.boxes = {{1, 1, 90, 90, "a box"}}})
                              ->png));
  EXPECT_EQ(events[0].summary().value(0).metadata().display_name(), "Name");
  EXPECT_EQ(events[0].summary().value(0).metadata().plugin_data().plugin_name(),
            "images");
  EXPECT_EQ(events[0].step(), 1);
  EXPECT_EQ(events[0].wall_time(), kNow);
  EXPECT_LT(writer_->stats().bytes, kRaw);
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(StoredImagesTest, TheFormOfOldIsCompressedToo) {
  options_.legacy_values = true;
  open();
  writer_->image("image", kImage, 1);
  writer_->image("image", kImage, 2);
  writer_->images("images", kBatch, 3);
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(3));
  for (size_t i = 0; i < 2; ++i) {
    const auto& image = events[i].summary().value(0).image();
    EXPECT_EQ(image.encoded_image_string(),
              tblog::internal::encode_image(kImage, {})->png);
    EXPECT_EQ(image.width(), kSide);
    EXPECT_EQ(image.colorspace(), 3);
  }
  EXPECT_EQ(events[2].summary().value(1).image().encoded_image_string(),
            (*tblog::internal::encode_images(kBatch, {}))[1].png);
}

TEST_F(StoredImagesTest, EventsKeepTheirOrder) {
  open();
  for (int64_t step = 0; step < 30; ++step) {
    writer_->scalar("x", 1, step);
    writer_->image("image", kImage, step);
    writer_->scalar("x", 2, step);
    writer_->text("text", "a", step);
  }
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(120));
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].step(), static_cast<int64_t>(i / 4));
    const char* const tags[] = {"x", "image", "x", "text"};
    EXPECT_EQ(events[i].summary().value(0).tag(), tags[i % 4]);
  }
}

TEST_F(StoredImagesTest, TheCallOnlyCopies) {
  open_stalled();
  writer_->image("image", kImage, 1);
  EXPECT_GT(waiting(), kRaw);
  EXPECT_LT(waiting(), kRaw + 1000);
  resume();
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_EQ(writer_->stats().pending_bytes, 0u);
  EXPECT_LT(writer_->stats().bytes, kRaw / 2);
}

TEST_F(StoredImagesTest, SmallOnesAreCompressedAtOnce) {
  open_stalled();
  const std::vector<uint8_t> black(80 * 80);
  writer_->image("image", TensorView(black.data(), {80, 80, 1}), 1);
  EXPECT_LT(waiting(), 1000u);
}

// Else a loop that logs faster than one thread compresses would lose images.
TEST_F(StoredImagesTest, WhereManyWaitTheCallerCompresses) {
  options_.max_pending_bytes = 4 * kRaw;
  options_.max_block = std::chrono::milliseconds(0);
  const std::vector<uint8_t> black(kRaw);
  open_stalled();
  for (int64_t step = 0; step < 100; ++step)
    writer_->image("image", TensorView(black.data(), {kSide, kSide, 3}), step);
  EXPECT_GT(waiting(), kRaw);
  EXPECT_LT(waiting(), 2 * kRaw);
  EXPECT_EQ(writer_->stats().dropped, 0u);
  resume();
  EXPECT_THAT(events(), SizeIs(101));
}

TEST_F(StoredImagesTest, TheOldestAreDroppedAsEvents) {
  options_.overflow = Overflow::kDropOldest;
  options_.max_pending_bytes = 3 * kRaw;
  // Noise, which no caller makes smaller.
  std::mt19937 random(1);
  std::vector<uint8_t> noise(kRaw);
  for (uint8_t& byte : noise) byte = static_cast<uint8_t>(random());
  open_stalled();
  for (int64_t step = 0; step < 40; ++step)
    writer_->image("image", TensorView(noise.data(), {kSide, kSide, 3}), step);
  EXPECT_GT(writer_->stats().dropped, 0u);
  resume();
  const auto events = this->events();
  EXPECT_EQ(events.size() + writer_->stats().dropped, 41u);
  EXPECT_EQ(events.back().step(), 39);
  EXPECT_TRUE(events[1].summary().value(0).has_metadata());
}

TEST_F(StoredImagesTest, NothingIsDeferredWhereACallPromisesMore) {
  for (const Durability durability :
       {Durability::kWriteThrough, Durability::kSync}) {
    memory_.clear();
    options_.durability = durability;
    open();
    writer_->image("image", kImage, 1);
    const auto paths = memory_.paths_in("/memory/runs/a");
    ASSERT_THAT(paths, SizeIs(1));
    const auto events = parse_file(memory_.contents(paths.front()));
    ASSERT_THAT(events, SizeIs(1));
    EXPECT_EQ(events[0].summary().value(0).tensor().string_val(2),
              tblog::internal::encode_image(kImage, {})->png);
    writer_.reset();
  }
}

TEST_F(StoredImagesTest, NothingIsDeferredWhereBytesAreCounted) {
  options_.max_bytes_per_tag = kRaw - 1;
  open();
  writer_->image("image", kImage, 1);
  EXPECT_THAT(events(), SizeIs(1));
}

// ---- Where the process dies ----

// The PNGs of all events in the directory's files.
std::vector<std::string> pngs_in(const std::string& directory) {
  std::vector<std::string> pngs;
  for (const std::string& path : event_files(directory)) {
    std::ifstream file(path, std::ios::binary);
    for (const proto::Event& event :
         parse_file(std::string(std::istreambuf_iterator<char>(file), {}))) {
      const auto& strings = event.summary().value(0).tensor().string_val();
      pngs.insert(pngs.end(), strings.begin() + 2, strings.end());
    }
  }
  return pngs;
}

// Stored, whole and with its checksums.
void expect_stored(const std::string& png) {
  std::string sealed = png;
  tblog::internal::seal_stored_png(sealed.data(), sealed.size());
  EXPECT_EQ(sealed, png);
  EXPECT_EQ(tblog::internal::compress_stored_png(png),
            tblog::internal::encode_image(kImage, {})->png);
}

class DyingImagesTest : public ::testing::Test {
 protected:
  DyingImagesTest() { options_.max_flush_delay = std::chrono::hours(1); }

  TempDir dir_;
  const std::string run_ = dir_ / "run";
  WriterOptions options_;
};

TEST_F(DyingImagesTest, ACrashHandlerWritesThemAsTheyAre) {
  EXPECT_THAT(status_of_child([&] {
                SummaryWriter writer(run_, options_);
                install_crash_handler({}).IgnoreError();
                writer.image("image", kImage, 1);
                writer.image("image", kImage, 2);
                std::abort();
              }),
              DiedBy(SIGABRT));
  const auto pngs = pngs_in(run_);
  ASSERT_THAT(pngs, SizeIs(2));
  for (const std::string& png : pngs) expect_stored(png);
}

TEST_F(DyingImagesTest, SoDoesAnExitWithoutClose) {
  EXPECT_THAT(status_of_child([&] {
                auto* leaked = new SummaryWriter(run_, options_);
                leaked->image("image", kImage, 1);
                std::exit(5);
              }),
              ExitedWith(5));
  const auto pngs = pngs_in(run_);
  ASSERT_THAT(pngs, SizeIs(1));
  expect_stored(pngs.front());
}

TEST_F(DyingImagesTest, AJournalHasThem) {
  options_.durability = Durability::kJournaled;
  EXPECT_THAT(status_of_child([&] {
                SummaryWriter writer(run_, options_);
                if (!writer.status().ok()) ::_exit(kLivedOn);
                writer.image("image", kImage, 1);
                ::kill(::getpid(), SIGKILL);
              }),
              DiedBy(SIGKILL));
  SummaryWriter(run_, options_).close().IgnoreError();
  const auto pngs = pngs_in(run_);
  ASSERT_THAT(pngs, SizeIs(1));
  EXPECT_EQ(pngs.front(), tblog::internal::encode_image(kImage, {})->png);
}

}  // namespace
}  // namespace tblog::testing
