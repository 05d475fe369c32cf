// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <string>
#include <vector>

#include "tests/interop/cases/cases.h"

namespace cases {
namespace {

void write_reopened(SummaryWriter& writer) {
  writer.scalar("loss", 0, at(0));
  writer.scalar("loss", 1, at(1));
  writer.close().IgnoreError();
  SummaryWriter second(writer.logdir());
  second.scalar("loss", 2, at(2));
  second.scalar("loss", 3, at(3));
  second.scalar("second only", 1, at(2));
}

// Into about a dozen files.
void write_rotated(SummaryWriter& writer) {
  for (int64_t step = 0; step < 300; ++step) {
    writer.scalar("loss", static_cast<double>(step) * 0.5, at(step));
    if (step % 100 == 0) writer.text("note", std::to_string(step), at(step));
  }
}

// Ten steps, of which the last five are logged again.
void write_resumed(SummaryWriter& writer) {
  for (int64_t step = 0; step < 10; ++step) {
    writer.scalar("again", 1, at(step));
    writer.scalar("not again", 1, at(step));
  }
  writer.close().IgnoreError();
  tblog::WriterOptions options;
  options.resume_step = 5;
  SummaryWriter second(writer.logdir(), options);
  for (int64_t step = 5; step < 8; ++step) second.scalar("again", 2, at(step));
}

void write_kinds_kept(SummaryWriter& writer) {
  writer.scalar("number", 1, at(0));
  writer.text("number", "a text", at(1));
  writer.histogram("number", std::vector<float>{1}, at(2));
}

void write_refused_directory(SummaryWriter& writer) {
  writer.scalar("instead", 1, at(0));
  writer.child("a.tfevents.b").scalar("never", 1, at(0));
  SummaryWriter refused(writer.logdir() + "/x.tfevents");
  refused.scalar("never", 1, at(0));
}

}  // namespace

Runs file_runs() {
  return {
      {"reopened", write_reopened},
      {"rotated", write_rotated, !kReported, {.max_file_bytes = 2048}},
      {"written through",
       write_rotated,
       !kReported,
       {.max_file_bytes = 2048,
        .durability = tblog::Durability::kWriteThrough}},
      {"resumed", write_resumed},
      {"kinds kept", write_kinds_kept, kReported},
      {"refused directory", write_refused_directory, kReported},
  };
}

}  // namespace cases
