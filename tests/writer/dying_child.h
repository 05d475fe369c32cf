// SPDX-License-Identifier: Apache-2.0
//
// Child processes that die, and what they leave.

#ifndef TBLOG_TESTS_WRITER_DYING_CHILD_H_
#define TBLOG_TESTS_WRITER_DYING_CHILD_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "tests/testing/parsed_events.h"

namespace tblog::testing {

// Whether a sanitizer is there, whose own handlers of fatal signals end a
// process by exit codes.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kThreadSanitized = true;
#else
inline constexpr bool kThreadSanitized = false;
#endif
inline constexpr char kNoThreadsInChildren[] =
    "ThreadSanitizer has no threads in a child of a process with threads";

// What a child exits with that comes to its end.
inline constexpr int kLivedOn = 99;

// Runs `live` in a child process; its wait status. A child that hangs dies by
// SIGALRM.
inline int status_of_child(const std::function<void()>& live) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::alarm(60);
    live();
    ::_exit(kLivedOn);
  }
  int status = -1;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

MATCHER_P(ExitedWith, code, "") {
  *result_listener << "wait status " << arg;
  return WIFEXITED(arg) && WEXITSTATUS(arg) == code;
}

MATCHER_P(DiedBy, signal, "") {
  *result_listener << "wait status " << arg;
  if (kSanitized) return !(WIFEXITED(arg) && WEXITSTATUS(arg) == kLivedOn);
  return WIFSIGNALED(arg) && WTERMSIG(arg) == signal;
}

inline std::vector<std::string> event_files(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(directory, none))
    if (entry.is_regular_file()) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

// The steps of the events in the directory's files, which all end with a whole
// record.
inline std::vector<int64_t> steps_in(const std::string& directory) {
  std::vector<int64_t> steps;
  for (const std::string& path : event_files(directory)) {
    std::ifstream file(path, std::ios::binary);
    for (const proto::Event& event :
         parse_file(std::string(std::istreambuf_iterator<char>(file), {})))
      steps.push_back(event.step());
  }
  return steps;
}

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_WRITER_DYING_CHILD_H_
