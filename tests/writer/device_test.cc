// SPDX-License-Identifier: Apache-2.0
//
// Values that come from a device: their order, and what becomes of those that
// do not come.

#include "tblog/device.h"

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/testing/fake_device.h"
#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DeviceTest : public WriterFixture {
 protected:
  DeviceTest() { options_.device = &device_; }

  // The clock stands still, and the I/O thread asks once it is moved.
  void let_ask() { clock_.advance(std::chrono::milliseconds(10)); }

  void device_scalar(const std::string& tag, float value, int64_t step) {
    values_.push_back(std::make_unique<float>(value));
    writer_->scalar(
        tag, FakeDevice::on_device(TensorView(values_.back().get(), {})), step);
  }

  // Closes; steps of each tag in the order of the file.
  std::map<std::string, std::vector<int64_t>> steps() {
    std::map<std::string, std::vector<int64_t>> steps;
    for (const proto::Event& event : events()) {
      for (const auto& value : event.summary().value())
        steps[value.tag()].push_back(event.step());
    }
    return steps;
  }

  // Closes while the clock runs.
  void close_with_time() {
    std::atomic<bool> closed{false};
    std::thread closer([&] {
      writer_->close().IgnoreError();
      closed = true;
    });
    while (!closed) {
      clock_.advance(std::chrono::milliseconds(100));
      std::this_thread::yield();
    }
    closer.join();
  }

  FakeDevice device_;
  std::vector<std::unique_ptr<float>> values_;
};

TEST_F(DeviceTest, AScalarIsWrittenOnceItHasCome) {
  open();
  device_scalar("loss", 2.5f, 7);
  EXPECT_EQ(writer_->stats().events, 1u);
  EXPECT_GT(writer_->stats().pending_bytes, 0u);
  device_.complete(0);
  let_ask();
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].step(), 7);
  EXPECT_EQ(events[0].wall_time(), kNow) << "that of the call";
  EXPECT_EQ(events[0].summary().value(0).tensor().float_val(0), 2.5f);
  EXPECT_EQ(events[0].summary().value(0).metadata().plugin_data().plugin_name(),
            "scalars");
  EXPECT_EQ(writer_->stats().events, 1u);
  EXPECT_EQ(writer_->stats().pending_bytes, 0u);
  EXPECT_EQ(device_.alive(), 0u);
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(DeviceTest, AHistogramIsThatOfTheHost) {
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> values = {1, 2, 2, 3, inf, std::nanf("")};
  device_.complete_all();
  for (const bool legacy : {false, true}) {
    memory_.clear();
    options_.legacy_values = legacy;
    open();
    writer_->histogram("w", FakeDevice::on_device(values), 1, {.buckets = 4});
    writer_->histogram("host", values, 1, {.buckets = 4});
    std::map<std::string, std::string> by_tag;
    for (const proto::Event& event : events()) {
      for (const auto& value : event.summary().value()) {
        by_tag[value.tag()] = value.tensor().SerializeAsString() +
                              value.histo().SerializeAsString() +
                              std::to_string(value.simple_value());
      }
    }
    EXPECT_EQ(by_tag["w"], by_tag["host"]);
    EXPECT_EQ(by_tag["w/nonfinite"], by_tag["host/nonfinite"]);
    EXPECT_THAT(by_tag, SizeIs(4));
    EXPECT_THAT(reports(), IsEmpty());
  }
}

TEST_F(DeviceTest, LaterValuesOfTheTagWaitAndOtherTagsPass) {
  open();
  writer_->scalar("loss", 0, 0);
  device_scalar("loss", 1, 1);
  writer_->scalar("loss", 2, 2);
  writer_->scalars({{"loss", 3}, {"other", 3}}, 3);
  device_scalar("loss", 4, 4);
  writer_->scalar("other", 4, 4);
  device_.complete(1);  // the later one first
  let_ask();
  device_.complete(0);
  let_ask();
  const auto events = this->events();
  std::vector<std::string> order;
  for (const proto::Event& event : events) {
    for (const auto& value : event.summary().value())
      order.push_back(
          value.tag() + std::to_string(event.step()) + "=" +
          std::to_string(static_cast<int>(value.tensor().float_val(0))));
  }
  EXPECT_THAT(order, ElementsAre("loss0=0", "other3=3", "other4=4", "loss1=1",
                                 "loss2=2", "loss3=3", "loss4=4"));
  EXPECT_EQ(writer_->stats().events, 7u);
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(DeviceTest, HistogramsWaitBehindThoseOfTheDevice) {
  const std::vector<float> values = {1, 2};
  open();
  writer_->histogram("w", FakeDevice::on_device(values), 1);
  writer_->histogram("w", values, 2);
  writer_->text("t", "passes", 1);
  device_.complete(0);
  let_ask();
  EXPECT_THAT(steps(), ElementsAre(std::pair("t", std::vector<int64_t>{1}),
                                   std::pair("w", std::vector<int64_t>{1, 2})));
}

// After the last one has come, the tag is as any other.
TEST_F(DeviceTest, ATagThatWaitsForNothingIsWrittenAtOnce) {
  open();
  device_scalar("loss", 1, 1);
  device_.complete(0);
  let_ask();
  writer_->scalar("loss", 2, 2);
  device_scalar("other", 1, 1);
  writer_->scalar("loss", 3, 3);
  device_.complete_all();
  let_ask();
  EXPECT_THAT(steps()["loss"], ElementsAre(1, 2, 3));
}

TEST_F(DeviceTest, StepsAreThoseOfTheCalls) {
  options_.on_step_back = OnStepBack::kDrop;
  open();
  device_scalar("loss", 1, 5);
  writer_->scalar("loss", 2, 4);
  device_scalar("loss", 3, 3);
  EXPECT_EQ(device_.begun(), 1u);
  EXPECT_EQ(writer_->stats().refused, 2u);
  device_.complete_all();
  let_ask();
  EXPECT_THAT(steps()["loss"], ElementsAre(5));
}

TEST_F(DeviceTest, WhatDoesNotComeInTimeIsLostAndHoldsUpNothing) {
  options_.device_timeout = std::chrono::seconds(2);
  open();
  device_scalar("loss", 1, 1);
  writer_->scalar("loss", 2, 2);
  clock_.advance(std::chrono::milliseconds(1900));
  EXPECT_EQ(writer_->stats().dropped, 0u);
  clock_.advance(std::chrono::milliseconds(200));
  EXPECT_THAT(steps()["loss"], ElementsAre(2));
  EXPECT_EQ(writer_->stats().dropped, 1u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("within WriterOptions::")));
  EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(DeviceTest, WhatFailsOnTheDeviceIsLostWithItsReason) {
  open();
  device_scalar("loss", 1, 1);
  device_scalar("loss", 2, 2);
  device_.complete(0, absl::InternalError("an illegal address"));
  device_.complete(1);
  let_ask();
  EXPECT_THAT(steps()["loss"], ElementsAre(2));
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("an illegal address")));
  EXPECT_EQ(writer_->stats().dropped, 1u);
}

TEST_F(DeviceTest, ACapturedStreamIsRefused) {
  open();
  device_.set_capturing(true);
  device_scalar("loss", 1, 1);
  writer_->histogram("w", FakeDevice::on_device(std::vector<float>{1}), 1);
  EXPECT_EQ(writer_->stats().refused, 2u);
  EXPECT_EQ(device_.begun(), 0u);
  device_.set_capturing(false);
  device_.complete_all();
  device_scalar("loss", 1, 1);
  EXPECT_THAT(steps()["loss"], ElementsAre(1)) << "its step was not taken";
}

TEST_F(DeviceTest, WithoutADeviceItsTensorsAreRefused) {
  options_.device = nullptr;
  open();
  device_scalar("loss", 1, 1);
  writer_->histogram("w", FakeDevice::on_device(std::vector<float>{1}), 1);
  EXPECT_THAT(events(), IsEmpty());
  EXPECT_EQ(writer_->stats().refused, 2u);
}

TEST_F(DeviceTest, AFlushWaitsForWhatWasLoggedBefore) {
  open();
  device_scalar("loss", 1, 1);
  std::atomic<bool> flushed{false};
  std::thread flusher([&] {
    EXPECT_THAT(writer_->flush(), IsOk());
    flushed = true;
  });
  for (int i = 0; i < 20; ++i) {
    let_ask();
    std::this_thread::yield();
  }
  EXPECT_FALSE(flushed);
  device_.complete(0);
  while (!flushed) let_ask();
  flusher.join();
  EXPECT_THAT(parse_file(memory_.contents(memory_.paths().front())), SizeIs(1));
}

TEST_F(DeviceTest, CloseWaitsNoLongerThanTheTimeout) {
  open();
  device_scalar("never", 1, 1);
  device_scalar("comes", 1, 1);
  writer_->scalar("comes", 2, 2);
  device_.complete(1);
  close_with_time();
  EXPECT_EQ(writer_->stats().dropped, 1u);
  EXPECT_EQ(device_.alive(), 0u);
  EXPECT_THAT(steps()["comes"], ElementsAre(1, 2));
}

TEST_F(DeviceTest, WhatWaitsIsBounded) {
  options_.max_pending_bytes = 64 << 10;
  options_.max_block = std::chrono::milliseconds(0);
  open();
  for (int64_t step = 0; step < 1000; ++step) device_scalar("loss", 1, step);
  for (int64_t step = 1000; step < 2000; ++step)
    writer_->scalar("loss", 1, step);
  const WriterStats stats = writer_->stats();
  EXPECT_LE(stats.pending_bytes, 64u << 10);
  EXPECT_GT(stats.dropped, 1800u);
  EXPECT_EQ(stats.events + stats.dropped, 2000u);
  device_.complete_all();
  let_ask();
  EXPECT_EQ(events().size(), stats.events);
}

TEST_F(DeviceTest, WithEveryDurabilityItIsWrittenInTheEnd) {
  device_.complete_all();
  for (const Durability durability :
       {Durability::kWriteThrough, Durability::kSync}) {
    memory_.clear();
    options_.durability = durability;
    open();
    device_scalar("loss", 1, 1);
    writer_->scalar("loss", 2, 2);
    writer_->scalar("other", 2, 2);
    let_ask();
    EXPECT_THAT(steps()["loss"], ElementsAre(1, 2));
  }
}

TEST_F(DeviceTest, AFullDiskLosesThemAsAnyOther) {
  open();
  disk_.fail(Operation::kAppend, 1, 1'000);
  writer_->scalar("x", 1, 1);
  writer_->flush().IgnoreError();
  device_scalar("loss", 1, 1);
  device_.complete_all();
  let_ask();
  writer_->close().IgnoreError();
  EXPECT_EQ(writer_->stats().dropped, 2u);
}

}  // namespace
}  // namespace tblog::testing
