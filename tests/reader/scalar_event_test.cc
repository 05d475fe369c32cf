// SPDX-License-Identifier: Apache-2.0
//
// The short way of plain scalars gives what the long way gives.

#include "src/event/scalar_event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "src/base/strings.h"
#include "src/reader/value_decoder.h"
#include "tblog/verify.h"
#include "tests/reader/log_reader_fixture.h"

namespace tblog {
namespace {

using tblog::internal::EventView;
using tblog::internal::ScalarEvent;
using namespace tblog::testing;  // NOLINT: the builders of event_builder.h

proto::Event event_of(int64_t step, const Value& value) {
  proto::Event event;
  event.set_wall_time(1000.0 + static_cast<double>(step));
  event.set_step(step);
  *event.mutable_summary()->add_value() = value;
  return event;
}

// Whether the payload goes the short way; if so, the long one must agree.
bool takes(const std::string& payload) {
  ScalarEvent scalar;
  if (!tblog::internal::parse_scalar_event(payload, &scalar)) return false;
  EventView event;
  const bool is_event = tblog::internal::parse_event(payload, &event);
  EXPECT_EQ(is_event, tblog::internal::is_valid_utf8(scalar.tag));
  if (!is_event) return true;
  EXPECT_EQ(std::memcmp(&event.wall_time, &scalar.wall_time, 8), 0);
  EXPECT_EQ(event.step, scalar.step);
  EXPECT_FALSE(event.has_more);
  EXPECT_TRUE(event.has_only_value);
  const tblog::internal::ValueView& value = event.only_value;
  EXPECT_EQ(value.tag, scalar.tag);
  EXPECT_EQ(value.form, scalar.form);
  EXPECT_FALSE(value.in_parts || value.has_more);
  EXPECT_EQ(value.has_metadata, scalar.metadata.data() != nullptr);
  EXPECT_EQ(value.metadata, scalar.metadata);
  const std::optional<double> number =
      tblog::internal::decode_float_scalar(value);
  EXPECT_TRUE(number.has_value());
  const double expected = double{scalar.value};
  EXPECT_TRUE(!number || *number == expected ||
              (std::isnan(*number) && std::isnan(expected)));
  return true;
}

std::vector<std::string> plain_payloads() {
  std::vector<std::string> payloads;
  for (const int64_t step : {0L, 1L, 127L, 128L, 1L << 31, (1L << 35) - 1}) {
    for (const std::string& tag :
         {std::string("x"), std::string(127, 't'), std::string(300, 'u')}) {
      Value with_shape = scalar_tensor(tag, 3);
      with_shape.mutable_tensor()->mutable_tensor_shape();
      Value content = scalar_tensor(tag, 4, "");
      content.mutable_tensor()->clear_float_val();
      content.mutable_tensor()->set_tensor_content("\x01\x02\x03\x04");
      for (const Value& value :
           {scalar_tensor(tag, 1), scalar_tensor(tag, 2, ""), with_shape,
            content, old_scalar(tag, 5)})
        payloads.push_back(event_of(step, value).SerializeAsString());
    }
  }
  return payloads;
}

TEST(ScalarEventTest, EachPlainFormGoesTheShortWay) {
  for (const std::string& payload : plain_payloads())
    EXPECT_TRUE(takes(payload)) << ::testing::PrintToString(payload);
}

TEST(ScalarEventTest, WhateverGoesTheShortWayIsTheSameTheLongWay) {
  std::mt19937 random(5);
  size_t taken = 0;
  for (const std::string& plain : plain_payloads()) {
    for (size_t size = 0; size < plain.size(); ++size)
      EXPECT_FALSE(takes(plain.substr(0, size)));
    EXPECT_FALSE(takes(plain + '\0'));
    for (size_t i = 0; i < plain.size(); ++i) {
      std::string other = plain;
      other[i] = static_cast<char>(random());
      taken += takes(other) ? 1 : 0;
    }
  }
  EXPECT_GT(taken, 1000u);  // other tags, times and numbers
}

TEST(ScalarEventTest, AnythingMoreGoesTheLongWay) {
  proto::Event event = event_of(1, scalar_tensor("x", 1));
  event.set_step(-1);
  EXPECT_FALSE(takes(event.SerializeAsString()));
  event = event_of(1, double_tensor("x", "scalars", {}, {1}));
  EXPECT_FALSE(takes(event.SerializeAsString()));
  event = event_of(1, scalar_tensor("x", 1));
  *event.mutable_summary()->add_value() = scalar_tensor("y", 1);
  EXPECT_FALSE(takes(event.SerializeAsString()));
  event = event_of(1, scalar_tensor("x", 1));
  event.mutable_summary()->mutable_value(0)->set_node_name("n");
  EXPECT_FALSE(takes(event.SerializeAsString()));
  event.Clear();
  EXPECT_FALSE(takes(event.SerializeAsString()));
}

// ---- Whole logs ----

std::string findings(const std::string& path) {
  std::string text;
  const absl::StatusOr<VerifyReport> report = verify(path);
  EXPECT_THAT(report, IsOk());
  for (const Finding& finding : report->findings) {
    text += std::string(finding.trap->name) + " " + finding.tag + " " +
            finding.detail + " at " +
            std::to_string(finding.step.value_or(-1)) + " " +
            std::to_string(finding.count) + "\n";
  }
  return text + std::to_string(report->events);
}

std::string series_of(const std::string& path,
                      const LogReaderOptions& options) {
  std::string text;
  const absl::StatusOr<LogReader> log = LogReader::open(path, options);
  EXPECT_THAT(log, IsOk());
  for (const Series& series : log->runs()[0].series()) {
    text += series.tag() + " " + series.metadata().description;
    for (size_t i = 0; i < series.size(); ++i) {
      text += " " + std::to_string(series.steps()[i]) + "@" +
              std::to_string(series.wall_times()[i]);
      if (series.kind() == ValueKind::kScalar)
        text += "=" + std::to_string(series.values()[i]);
    }
    text += "\n";
  }
  for (const FileInfo& file : log->files())
    text += std::to_string(file.events) + " " +
            std::to_string(file.first_wall_time) + " " +
            std::to_string(file.last_wall_time) + "\n";
  return text + std::to_string(log->skipped().size());
}

// An event that has something wrong now and then.
proto::Event random_event(std::mt19937& random, int64_t i) {
  const std::string tag(1, static_cast<char>('a' + random() % 4));
  const auto number = static_cast<float>(random() % 100);
  Value value;
  switch (random() % 8) {
    case 0:
    case 1:
      value = scalar_tensor(tag, number);
      break;
    case 2:
      value = old_scalar(tag, number);
      break;
    default:
      value = scalar_tensor(tag, number, "");
  }
  if (random() % 40 == 0)
    value.mutable_metadata()->set_summary_description("other");
  if (random() % 50 == 0) value = scalar_tensor(tag, NAN, "");
  if (random() % 50 == 0) value = scalar_tensor(tag, number, "mine");
  int64_t step = random() % 30 == 0 ? i - 20 : i;
  if (random() % 60 == 0) step = int64_t{1} << 31;
  proto::Event event = event_of(step, value);
  if (random() % 60 == 0)
    event.set_wall_time(std::numeric_limits<double>::infinity());
  if (random() % 50 == 0) {
    event.clear_summary();
    event.mutable_session_log()->set_status(proto::SessionLog::START);
  }
  return event;
}

TEST_F(LogReaderFixture, BothWaysGiveTheSameOfWholeLogs) {
  // An unknown field: parse_scalar_event() takes no such event.
  const std::string unknown("\xa0\x06\x01", 3);
  std::mt19937 random(11);
  for (int round = 0; round < 10; ++round) {
    int64_t step = 0;
    for (const char* file : {"tfevents.1", "tfevents.2", "tfevents.3"}) {
      std::string plain = random() % 8 == 0 ? "" : version_record();
      std::string longer = plain;
      for (int i = 0; i < 100; ++i) {
        const std::string payload =
            random_event(random, ++step).SerializeAsString();
        plain += framed(payload);
        longer += framed(payload + unknown);
      }
      dir_.write(std::string("short/") + file, plain);
      dir_.write(std::string("long/") + file, longer);
    }
    EXPECT_EQ(findings(dir_ / "short"), findings(dir_ / "long"));
    for (const Purge purge : {Purge::kNone, Purge::kPython, Purge::kRust}) {
      LogReaderOptions options;
      options.purge = purge;
      options.min_step = round % 3 == 0 ? 50 : 0;
      options.max_points = purge == Purge::kNone && round % 2 == 0 ? 16 : 0;
      if (round % 5 == 0) options.tags = {"[ab]"};
      EXPECT_EQ(series_of(dir_ / "short", options),
                series_of(dir_ / "long", options));
    }
  }
}

}  // namespace
}  // namespace tblog
