// SPDX-License-Identifier: Apache-2.0

#include "tests/interop/cases/cases.h"

namespace cases {
namespace {

void write_checkpoint(SummaryWriter& writer) {
  writer.scalar("loss", 0, at(0));
  writer.scalar("loss", 1, at(1));
  writer.checkpoint("models/step 1", at(1));
  writer.scalar("loss", 2, at(2));
}

}  // namespace

Runs checkpoint_runs() { return {{"checkpoint", write_checkpoint}}; }

}  // namespace cases
