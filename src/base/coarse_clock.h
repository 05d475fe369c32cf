// SPDX-License-Identifier: Apache-2.0

#ifndef TBLOG_SRC_BASE_COARSE_CLOCK_H_
#define TBLOG_SRC_BASE_COARSE_CLOCK_H_

#include "tblog/clock.h"

namespace tblog::internal {

// The machine's clock, whose wall time moves on in steps of some milliseconds
// and costs a read of memory; as Clock::real() where the system has none such.
// Never destroyed. Thread-safe.
Clock* coarse_clock() noexcept;

}  // namespace tblog::internal

#endif  // TBLOG_SRC_BASE_COARSE_CLOCK_H_
