// SPDX-License-Identifier: Apache-2.0
//
// BlockedSignals: while it lives, the calling thread, and those that it makes,
// get no signal but those that say that the thread itself does wrong. A
// program's handlers are made for its own threads; a write that a limit
// forbids is then EFBIG, and no SIGXFSZ that ends the process.

#ifndef TBLOG_SRC_WRITER_BLOCKED_SIGNALS_H_
#define TBLOG_SRC_WRITER_BLOCKED_SIGNALS_H_

#include <pthread.h>
#include <signal.h>

namespace tblog::internal {

class BlockedSignals {
 public:
  BlockedSignals() noexcept {
    sigset_t most;
    sigfillset(&most);
    for (int signal :
         {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS})
      sigdelset(&most, signal);
    pthread_sigmask(SIG_BLOCK, &most, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_BLOCKED_SIGNALS_H_
