// SPDX-License-Identifier: Apache-2.0

#include "tests/testing/traced_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <set>

namespace tblog::testing {
namespace {

// Set by PTRACE_O_TRACESYSGOOD in the signal of a stop at a system call.
constexpr int kCallStop = SIGTRAP | 0x80;

pid_t wait_for(pid_t pid, int* status) {
  pid_t found;
  do {
    found = ::waitpid(pid, status, __WALL);
  } while (found < 0 && errno == EINTR);
  return found;
}

bool has_returned(pid_t thread) {
  __ptrace_syscall_info info{};
  ::ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info);
  return info.op == PTRACE_SYSCALL_INFO_EXIT;
}

// What `thread`, which stopped so, shall see of it: a new thread is stopped by
// the tracing alone.
int signal_of(int status, bool is_new) {
  const int signal = WSTOPSIG(status);
  const bool is_event = (status >> 16) != 0;
  return signal == kCallStop || is_event || is_new ? 0 : signal;
}

}  // namespace

Traced kill_after_calls(int calls, const std::function<void()>& child) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(1);
    ::raise(SIGSTOP);
    child();
    ::_exit(0);
  }
  int status = 0;
  wait_for(pid, &status);
  if (!WIFSTOPPED(status)) return Traced::kUntraced;
  ::ptrace(PTRACE_SETOPTIONS, pid, nullptr,
           PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL);
  ::ptrace(PTRACE_SYSCALL, pid, nullptr, nullptr);
  std::set<pid_t> threads{pid};
  for (;;) {
    const pid_t thread = wait_for(-1, &status);
    if (thread < 0) {
      ADD_FAILURE() << "the process is gone";
      return Traced::kUntraced;
    }
    if (!WIFSTOPPED(status)) {
      if (thread != pid) continue;
      EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
      return WIFSIGNALED(status) ? Traced::kKilled : Traced::kEnded;
    }
    if (WSTOPSIG(status) == kCallStop && has_returned(thread) && --calls == 0) {
      ::kill(pid, SIGKILL);
      continue;
    }
    const bool is_new = threads.insert(thread).second;
    ::ptrace(PTRACE_SYSCALL, thread, nullptr, signal_of(status, is_new));
  }
}

}  // namespace tblog::testing
