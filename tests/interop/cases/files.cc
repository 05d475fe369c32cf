// SPDX-License-Identifier: Apache-2.0

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
      {"kinds kept", write_kinds_kept, kReported},
      {"refused directory", write_refused_directory, kReported},
  };
}

}  // namespace cases
