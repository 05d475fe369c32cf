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
// things that are process-wide in tblog, with the descriptors below. Written by
// fork_generation()'s handler alone.
extern std::atomic<uint32_t> fork_count;

// The same, and from now on counted.
uint32_t fork_generation();

// From now on children close `fd` as they begin: a lock of flock(2) belongs to
// all who share the open file, and a child that lives on would hold it for a
// parent that is dead. False: too many are known already, children keep it.
bool close_in_children(int fd);
// No more. Before the parent closes it, since the number may be given anew.
void keep_in_children(int fd);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_BASE_FORK_H_
