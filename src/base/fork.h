// SPDX-License-Identifier: Apache-2.0
//
// Whether this process is a child of the one in which something was made: in a
// child of fork() no thread but the forking one lives, and a lock that another
// one held stays locked for ever. Thread-safe.

#ifndef TBLOG_SRC_BASE_FORK_H_
#define TBLOG_SRC_BASE_FORK_H_

#include <atomic>
#include <cstdint>

namespace tblog::internal {

// How many forks lie between the first process and this one. One of the two
// things that are process-wide in tblog. Written by fork_generation()'s handler
// alone.
extern std::atomic<uint32_t> fork_count;

// The same, and from now on counted.
uint32_t fork_generation();

}  // namespace tblog::internal

#endif  // TBLOG_SRC_BASE_FORK_H_
