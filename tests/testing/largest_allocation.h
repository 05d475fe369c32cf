// SPDX-License-Identifier: Apache-2.0
//
// The largest piece of memory that was asked of operator new: for programs that
// include largest_allocation.cc among their sources.

#ifndef TBLOG_TESTS_TESTING_LARGEST_ALLOCATION_H_
#define TBLOG_TESTS_TESTING_LARGEST_ALLOCATION_H_

#include <cstddef>

namespace tblog::testing {

// In bytes, over all threads, since reset_largest_allocation().
size_t largest_allocation();
void reset_largest_allocation();

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_TESTING_LARGEST_ALLOCATION_H_
