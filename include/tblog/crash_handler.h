// SPDX-License-Identifier: Apache-2.0
//
// A handler of fatal signals that writes what the writers of this process have
// pending, before the process dies as it would have. For programs that may
// crash while they train:
//
//   int main() {
//     tblog::install_crash_handler().IgnoreError();
//     tblog::SummaryWriter writer("runs/a");
//     …
//
// Without it, a crash loses what Durability::kBuffered still holds, up to
// WriterOptions::max_flush_delay; exit() and quick_exit() lose nothing either
// way. Thread-safe.

#ifndef TBLOG_CRASH_HANDLER_H_
#define TBLOG_CRASH_HANDLER_H_

#include <chrono>
#include <cstdint>

#include "absl/status/status.h"
#include "tblog/export.h"

namespace tblog {

// Which ends of a process are handled.
enum class CrashSignals : uint8_t {
  // SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, and std::terminate().
  kFatal,
  // And SIGTERM, SIGINT and SIGHUP, unless they are ignored when the handler is
  // installed: for programs that have no handler of their own for them, or one
  // that ends the process by _exit().
  kFatalAndTermination,
};

// How the handler behaves. A plain aggregate: change the fields you care about.
struct CrashHandlerOptions {
  // Default: crashes alone.
  CrashSignals signals = CrashSignals::kFatal;

  // How long the handler waits for a lock of a writer that another thread
  // holds, or that the crashed one held. Larger: less is lost where a disk is
  // slow; a crash takes longer. Valid: 0 to 10 s. Default: 100 ms.
  std::chrono::milliseconds max_wait{100};
};

// Writes the pending events of all writers, open now or later, to their files
// when a signal comes, by async-signal-safe calls alone; then does what would
// have been done without: calls the handler that was installed before, or lets
// the signal end the process, with the status and the core dump that it would
// have had. Where that handler returns and the process goes on, so do the
// writers, and nothing is written twice.
//
// What is written ends with a whole record. Not written are: an event whose
// call has not returned; embeddings' files; what a thread is writing at the
// moment to a disk that takes longer than max_wait, and what waits behind it;
// files of a WriterOptions::file_system of the caller's, unless its
// WritableFile has a descriptor(). The write itself takes as long as the
// kernel takes.
//
// A stack that has overflown needs another one for the handler: the calling
// thread gets one unless it has one; other threads must see to that themselves
// (sigaltstack(2)). A handler that is installed later must call the one before
// it, as this one does; a sanitizer's is installed earlier, and reports as
// ever.
//
// Called again, it replaces the options. Errors: InvalidArgument (options), and
// what the system says.
TBLOG_EXPORT absl::Status install_crash_handler(
    const CrashHandlerOptions& options = {});

// Puts the handlers from before in place again; where another one was
// installed since, ours stays below it and does nothing but call the one
// before.
TBLOG_EXPORT void uninstall_crash_handler() noexcept;

}  // namespace tblog

#endif  // TBLOG_CRASH_HANDLER_H_
