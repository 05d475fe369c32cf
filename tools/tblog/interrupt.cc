// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/interrupt.h"

#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <cmath>

namespace tblog::tool {
namespace {

volatile sig_atomic_t interrupted = 0;

void note_signal(int) { interrupted = 1; }

struct sigaction old_int;
struct sigaction old_term;
sigset_t old_mask;

}  // namespace

Interrupt::Interrupt() {
  interrupted = 0;
  struct sigaction action {};
  action.sa_handler = note_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &old_int);
  sigaction(SIGTERM, &action, &old_term);
  // They come while wait() waits and at no other time: none is missed between
  // the look at the flag and the wait.
  sigset_t both;
  sigemptyset(&both);
  sigaddset(&both, SIGINT);
  sigaddset(&both, SIGTERM);
  sigprocmask(SIG_BLOCK, &both, &old_mask);
}

Interrupt::~Interrupt() {
  sigprocmask(SIG_SETMASK, &old_mask, nullptr);
  sigaction(SIGINT, &old_int, nullptr);
  sigaction(SIGTERM, &old_term, nullptr);
}

bool Interrupt::wait(double secs) {
  // POLLERR, which needs no asking: a pipe without a reader.
  pollfd out = {STDOUT_FILENO, 0, 0};
  timespec timeout{};
  timeout.tv_sec = static_cast<time_t>(secs);
  timeout.tv_nsec =
      static_cast<long>((secs - std::floor(secs)) * 1e9);  // NOLINT
  ppoll(&out, 1, &timeout, &old_mask);
  return interrupted != 0 || (out.revents & (POLLERR | POLLHUP)) != 0;
}

}  // namespace tblog::tool
