// SPDX-License-Identifier: Apache-2.0
//
// A child process that dies exactly after one of its system calls.

#ifndef TBLOG_TESTS_TESTING_TRACED_PROCESS_H_
#define TBLOG_TESTS_TESTING_TRACED_PROCESS_H_

#include <functional>

namespace tblog::testing {

enum class Traced {
  kKilled,
  kEnded,     // before so many calls
  kUntraced,  // this machine lets no process trace another
};

// Runs `child` in a new process, all of its threads traced, and kills it by
// SIGKILL when `calls` of their system calls have returned. Linux only. Reaps
// any child process of the caller.
Traced kill_after_calls(int calls, const std::function<void()>& child);

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_TESTING_TRACED_PROCESS_H_
