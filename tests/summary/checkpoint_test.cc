// SPDX-License-Identifier: Apache-2.0

#include "src/summary/checkpoint.h"

#include <gtest/gtest.h>

#include <string>

#include "tblog/proto/event.pb.h"
#include "tests/summary/encoded.h"
#include "tests/summary/random_values.h"

namespace tblog::internal {
namespace {

TEST(CheckpointTest, IsAsGeneratedCodeWritesItOverRandomPaths) {
  RandomValues random(6);
  for (int round = 0; round < 100; ++round) {
    proto::SessionLog expected;
    expected.set_status(proto::SessionLog::CHECKPOINT);
    expected.set_checkpoint_path(random.text());
    EXPECT_EQ(encode_checkpoint(expected.checkpoint_path()),
              bytes_of(expected));
  }
}

}  // namespace
}  // namespace tblog::internal
