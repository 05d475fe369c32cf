// SPDX-License-Identifier: Apache-2.0
//
// Handlers that misbehave.

#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class OnErrorTest : public WriterFixture {};

TEST_F(OnErrorTest, WhatItThrowsIsSwallowed) {
  options_.on_error = [](const absl::Status&) {
    throw std::runtime_error("handler");
  };
  open();
  writer_->scalar("", 1, 0);
  disk_.fail(Operation::kAppend, 1);
  writer_->scalar("x", 1, 0);
  EXPECT_THAT(writer_->flush(), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(OnErrorTest, MayLogWithoutCallingItselfForEver) {
  int calls = 0;
  options_.on_error = [&](const absl::Status& status) {
    ++calls;
    writer_->text("errors", std::string(status.message()), calls);
    writer_->scalar("\xff" + std::to_string(calls), 1, 0);
  };
  open();
  writer_->scalar("", 1, 0);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(writer_->stats().refused, 2u);
  EXPECT_THAT(events(), SizeIs(1));
}

TEST_F(OnErrorTest, OnTheIoThreadCannotWaitForItself) {
  absl::Status flushed;
  absl::Status closed;
  options_.on_error = [&](const absl::Status&) {
    flushed = writer_->flush();
    closed = writer_->close();
  };
  open();
  disk_.fail(Operation::kAppend, 1);
  writer_->scalar("x", 1, 0);
  EXPECT_THAT(writer_->flush(), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(flushed, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(closed, StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(OnErrorTest, MayDestroyTheLastHandleOnTheIoThread) {
  auto writer = std::make_shared<std::unique_ptr<SummaryWriter>>();
  // The handler goes with the writer, whose thread nobody can join.
  const auto gone = std::make_shared<std::promise<void>>();
  options_.on_error = [writer,
                       held = std::shared_ptr<void>(nullptr, [gone](void*) {
                         gone->set_value();
                       })](const absl::Status&) { writer->reset(); };
  *writer = std::make_unique<SummaryWriter>("runs/a", options_);
  options_.on_error = nullptr;
  disk_.fail(Operation::kAppend, 1);
  (*writer)->scalar("x", 1, 0);
  clock_.await_waiter(clock_.now() + options_.max_flush_delay);
  clock_.advance(options_.max_flush_delay);
  gone->get_future().wait();
}

// Within a call of the very handle that goes.
TEST_F(OnErrorTest, MayDestroyTheLastHandleOnACallersThread) {
  const std::vector<float> values(12, 2.0f);
  const std::function<void(SummaryWriter&)> calls[] = {
      [](SummaryWriter& w) { w.scalar("", 1, 0); },
      [](SummaryWriter& w) {
        w.scalars({{"a", 1}, {"", 2}}, 0);
      },
      [](SummaryWriter& w) { w.text("odd\"tag", "x", 0); },
      [&](SummaryWriter& w) { w.histogram("odd\"tag", values, 0); },
      [&](SummaryWriter& w) {
        w.image("x", TensorView(values.data(), {2, 2, 3}), 0);
      },
      [](SummaryWriter& w) { w.describe("", {}); },
      [](SummaryWriter& w) { w.child("..").scalar("x", 1, 0); },
      [](SummaryWriter& w) {
        w.hparams({{"a", 1}});
        w.hparams({{"a", 1}});
      },
  };
  for (const auto& call : calls) {
    memory_.clear();
    auto writer = std::make_shared<std::unique_ptr<SummaryWriter>>();
    int told = 0;
    options_.on_error = [&told, writer](const absl::Status&) {
      ++told;
      writer->reset();
    };
    *writer = std::make_unique<SummaryWriter>("runs/a", options_);
    (*writer)->scalar("before", 1, 0);
    call(**writer);
    EXPECT_EQ(*writer, nullptr);
    EXPECT_GE(told, 1);
    memory_.await_all_closed();
    EXPECT_GE(parse_file(memory_.contents(memory_.paths()[0])).size(), 1u);
  }
}

TEST_F(OnErrorTest, MayCloseOnACallersThread) {
  absl::Status closed = absl::UnknownError("");
  options_.on_error = [&](const absl::Status&) { closed = writer_->close(); };
  open();
  writer_->scalar("x", 1, 0);
  writer_->scalar("", 1, 0);
  EXPECT_THAT(closed, StatusIs(absl::StatusCode::kInvalidArgument));
  writer_->scalar("x", 1, 1);
  EXPECT_EQ(writer_->stats().dropped, 1u);
  EXPECT_THAT(events(), SizeIs(1));
}

TEST_F(OnErrorTest, WithoutAHandlerAFailureIsOneLineOnStderr) {
  options_.on_error = nullptr;
  open();
  ::testing::internal::CaptureStderr();
  writer_->scalar("", 1, 0);
  writer_->scalar("", 1, 1);
  const std::string line = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(line, HasSubstr("tblog: "));
  EXPECT_THAT(line, HasSubstr("/memory/runs/a"));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

}  // namespace
}  // namespace tblog::testing
