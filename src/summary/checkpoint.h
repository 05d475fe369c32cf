// SPDX-License-Identifier: Apache-2.0
//
// Checkpoints: a SessionLog, in an event that is no summary. Thread-safe.

#ifndef TBLOG_SRC_SUMMARY_CHECKPOINT_H_
#define TBLOG_SRC_SUMMARY_CHECKPOINT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "src/event/wire.h"

namespace tblog::internal {

// A SessionLog that says that a checkpoint was written to `path`, in UTF-8.
// Source: tensorflow/tensorboard:tensorboard/compat/proto/event.proto.
inline std::string encode_checkpoint(std::string_view path) {
  constexpr uint32_t kStatus = 1;
  constexpr uint32_t kCheckpointPath = 2;
  constexpr uint64_t kCheckpoint = 3;
  std::string out;
  wire::put_uint64_always(out, kStatus, kCheckpoint);
  wire::put_bytes(out, kCheckpointPath, path);
  return out;
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_CHECKPOINT_H_
