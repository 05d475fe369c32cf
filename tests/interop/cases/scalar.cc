// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <limits>
#include <map>
#include <string>

#include "tests/interop/cases/cases.h"

namespace cases {
namespace {

constexpr int64_t kMinStep = std::numeric_limits<int64_t>::min();
constexpr int64_t kMaxStep = std::numeric_limits<int64_t>::max();

void write_scalars(SummaryWriter& writer) {
  for (int64_t step = 0; step < 1000; ++step) {
    writer.scalar("line", step * 0.5 - 3, at(step));
  }
  int64_t step = 0;
  for (double value : {kNaN, kInfinity, -kInfinity, -0.0, 1.4e-45, 1e-40, 0.1,
                       1e-300, 3.4028234663852886e38, -16777217.0}) {
    writer.scalar("special", value, at(step++));
  }
  for (int64_t s :
       {kMinStep, int64_t{-5}, int64_t{0}, (int64_t{1} << 53) + 1, kMaxStep}) {
    writer.scalar("steps", 1, {s, 1.0});
  }
  step = 0;
  for (double wall_time : {0.0, -1.5, 0.001, 1700000000.123456, 4e9}) {
    writer.scalar("wall times", 1, {step++, wall_time});
  }
  writer.scalars({{"several/a", 1}, {"several/b", 2.5f}, {"several/c", true}},
                 3);
  const std::map<std::string, double> from_map{{"map/x", 4}, {"map/y", 5}};
  writer.scalars(from_map.begin(), from_map.end(), 4);
  const int64_t integer = -7;
  const tblog::Float16 half{0x3e00};  // 1.5
  const uint8_t byte[1] = {200};
  writer.scalar("view/int64", tblog::TensorView(&integer, {}), at(0));
  writer.scalar("view/float16", tblog::TensorView(&half, {}), at(0));
  writer.scalar("view/uint8", tblog::TensorView(byte), at(0));
  writer.set_step(17);
  writer.scalar("at the set step", 6);
}

// No step is ever given, which is reported, so that status() is not asked.
void write_counted_steps(SummaryWriter& writer) {
  for (int i = 0; i < 3; ++i) writer.scalar("counted", i * 10);
}

// Steps that stand still and go back, and a value beyond float: all written,
// all reported.
void write_reported_scalars(SummaryWriter& writer) {
  int64_t value = 0;
  for (int64_t step : {1, 2, 2, 3, 1}) writer.scalar("back", value++, at(step));
  writer.scalar("beyond float", 1e300, at(0));
  writer.scalar("beyond float", -1e300, at(1));
  writer.scalars({{"twice", 1}, {"twice", 2}}, at(0));
}

void write_dropped_steps(SummaryWriter& writer) {
  int64_t value = 0;
  for (int64_t step : {1, 2, 2, 3, 1, 4})
    writer.scalar("back", value++, at(step));
}

// What a tag may look like; those with '"', '\' or control characters are
// reported.
void write_odd_tags(SummaryWriter& writer) {
  const std::string tags[] = {
      "\xc3\xbcn\xc3\xaf/c\xc3\xb6"
      "d\xc3\xa9 \xe2\x9c\x93 \xf0\x9f\x8e\x89",
      " spaces ",
      "a//b",
      "/leading",
      "trailing/",
      "%20+&=?#",
      "<b>bold</b>",
      std::string(5000, 't'),
      "quote\"d",
      "back\\slash",
      "line\nbreak"};
  int64_t value = 0;
  for (const std::string& tag : tags) writer.scalar(tag, ++value, at(0));
  writer.scalar("", 1, at(0));
  writer.scalar("not UTF-8 \xff", 1, at(0));
}

}  // namespace

Runs scalar_runs() {
  return {
      {"scalars", write_scalars},
      {"counted", write_counted_steps, kReported},
      {"reported", write_reported_scalars, kReported},
      {"dropped",
       write_dropped_steps,
       kReported,
       {.on_step_back = tblog::OnStepBack::kDrop}},
      {"tags", write_odd_tags, kReported},
  };
}

}  // namespace cases
