// SPDX-License-Identifier: Apache-2.0
//
// What operator new gives, counted: for programs that have counted_memory.cc
// among their sources.

#ifndef TBLOG_TESTS_TESTING_COUNTED_MEMORY_H_
#define TBLOG_TESTS_TESTING_COUNTED_MEMORY_H_

#include <cstdint>

namespace tblog::testing {

// Of all threads, as malloc() rounds them up.
int64_t live_bytes();

// Of this thread, that did not fail.
int64_t allocations();

// As long as it lives, this thread's allocations fail after `count` more.
class AllocationsAllowed {
 public:
  explicit AllocationsAllowed(int64_t count);
  ~AllocationsAllowed();
  AllocationsAllowed(const AllocationsAllowed&) = delete;
  AllocationsAllowed& operator=(const AllocationsAllowed&) = delete;
};

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_TESTING_COUNTED_MEMORY_H_
