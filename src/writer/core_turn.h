// SPDX-License-Identifier: Apache-2.0

#ifndef TBLOG_SRC_WRITER_CORE_TURN_H_
#define TBLOG_SRC_WRITER_CORE_TURN_H_

#include "src/writer/core.h"

namespace tblog::internal {

// The turn to write, while it lives. Made and destroyed with the mutex held.
class Core::Turn {
 public:
  Turn(Core& core, Lock& lock) : core_(core) {
    while (core_.turn_taken_) core_.turn_.wait(lock);
    core_.turn_taken_ = true;
  }
  ~Turn() {
    core_.turn_taken_ = false;
    core_.turn_.notify_all();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Core& core_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_CORE_TURN_H_
