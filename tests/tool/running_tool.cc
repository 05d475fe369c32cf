// SPDX-License-Identifier: Apache-2.0

#include "tests/tool/running_tool.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

namespace tblog::tool {
namespace {

constexpr int kPatienceMs = 20'000;

[[noreturn]] void become_tool(const std::vector<std::string>& arguments,
                              const std::vector<std::string>& environment) {
  unsetenv("NO_COLOR");
  unsetenv("COLUMNS");
  setenv("TERM", "xterm-256color", 1);
  setenv("TZ", "UTC", 1);
  for (const std::string& setting : environment)
    setenv(setting.substr(0, setting.find('=')).c_str(),
           setting.substr(setting.find('=') + 1).c_str(), 1);
  std::vector<char*> argv = {const_cast<char*>(TBLOG_TOOL)};
  for (const std::string& argument : arguments)
    argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execv(TBLOG_TOOL, argv.data());
  _exit(127);
}

}  // namespace

RunningTool::RunningTool(const std::vector<std::string>& arguments,
                         const Size& size,
                         const std::vector<std::string>& environment) {
  winsize window{};
  window.ws_col = size.columns;
  window.ws_row = size.rows;
  process_ = forkpty(&output_file_, nullptr, nullptr, &window);
  if (process_ == 0) become_tool(arguments, environment);
}

RunningTool::RunningTool(const std::vector<std::string>& arguments) {
  int ends[2];
  if (pipe(ends) != 0) return;
  process_ = fork();
  if (process_ == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    become_tool(arguments, {});
  }
  close(ends[1]);
  output_file_ = ends[0];
}

RunningTool::~RunningTool() {
  if (process_ > 0) {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  close_output();
}

bool RunningTool::read_some(int timeout_ms) {
  pollfd in = {output_file_, POLLIN, 0};
  if (poll(&in, 1, timeout_ms) <= 0) return false;
  char bytes[4096];
  const ssize_t n = read(output_file_, bytes, sizeof bytes);
  if (n <= 0) return false;
  output_.append(bytes, static_cast<size_t>(n));
  return true;
}

bool RunningTool::prints(const std::string& text) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(kPatienceMs);
  while (output_.find(text) == std::string::npos) {
    if (Clock::now() > end || !read_some(kPatienceMs)) return false;
  }
  return true;
}

void RunningTool::signal(int number) const { kill(process_, number); }

void RunningTool::close_output() {
  if (output_file_ >= 0) close(output_file_);
  output_file_ = -1;
}

int RunningTool::wait() {
  while (output_file_ >= 0 && read_some(kPatienceMs)) {
  }
  int status = 0;
  waitpid(process_, &status, 0);
  process_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace tblog::tool
