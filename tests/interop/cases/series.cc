// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <string>
#include <vector>

#include "tests/interop/cases/cases.h"
#include "tests/interop/cases/picture.h"

namespace cases {
namespace {

void write_described(SummaryWriter& writer) {
  const uint8_t dot = 255;
  for (const std::string kind : {"scalar", "histogram", "image", "audio",
                                 "text", "tensor", "pr_curve"}) {
    writer.describe(kind, {"The " + kind, "about *" + kind + "*, \xc3\xbc"});
  }
  for (int64_t step = 0; step < 2; ++step) {
    writer.scalar("scalar", 1, at(step));
    writer.histogram("histogram", std::vector<float>{1, 2}, at(step));
    writer.image("image", {&dot, {1, 1}}, at(step),
                 {.layout = tblog::Layout::kHW});
    writer.audio("audio", std::vector<float>{0, 0.5}, at(step));
    writer.text("text", "t", at(step));
    writer.pr_curve("pr_curve", std::vector<uint8_t>{0, 1},
                    std::vector<float>{0, 1}, at(step), {.thresholds = 2});
    writer.tensor("tensor", std::vector<float>{1, 2}, at(step));
  }
}

void write_children(SummaryWriter& writer) {
  writer.scalar("loss", 1, at(0));
  SummaryWriter test = writer.child("test");
  test.scalar("loss", 2, at(0));
  writer.child("test").scalar("loss", 3, at(1));
  writer.child("a/b/c").scalar("loss", 4, at(0));
  writer.child("l\xc3\xa4ufe \xce\xb2, 1").scalar("loss", 5, at(0));
  writer.child("without a value");
}

void write_old_forms(SummaryWriter& writer) {
  writer.scalar("scalar", 0.5, at(0));
  writer.scalar("scalar", 1.5, at(1));
  writer.histogram("histogram", std::vector<float>{1, 2, 3}, at(0),
                   {.buckets = 2});
  const std::vector<uint8_t> pixels = picture<uint8_t>(3);
  writer.image("image", {pixels.data(), {kHeight, kWidth, 3}}, at(0));
  writer.text("text", "new", at(0));
}

void write_deterministic(SummaryWriter& writer) {
  for (int64_t step = 0; step < 3; ++step) {
    writer.scalar("loss", static_cast<double>(step) * 0.5, step);
  }
  writer.scalar("given", 1, at(0));
}

}  // namespace

Runs series_runs() {
  tblog::WriterOptions old_forms;
  old_forms.legacy_values = true;
  tblog::WriterOptions deterministic;
  deterministic.deterministic = true;
  return {
      {"old forms", write_old_forms, false, old_forms},
      {"deterministic", write_deterministic, false, deterministic},
      {"deterministic again", write_deterministic, false, deterministic},
      {"described", write_described},
      {"parent", write_children},
  };
}

}  // namespace cases
