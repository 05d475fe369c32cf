// SPDX-License-Identifier: Apache-2.0
//
// The writers of this process that are open, in a table that a handler of
// signals can read. With fork.h, the one thing of tblog that is process-wide.
// Thread-safe, without locks.

#ifndef TBLOG_SRC_WRITER_LIVE_WRITERS_H_
#define TBLOG_SRC_WRITER_LIVE_WRITERS_H_

#include <cstdint>

namespace tblog::internal {

class Core;

// From now on exit() and quick_exit() write what waits in `core`, and so does
// the crash handler where it is installed. Throws bad_alloc.
void add_live_writer(Core& core);
// Fine also where it was not added. Waits for a crash handler that is at it.
void remove_live_writer(Core& core) noexcept;

// Async-signal-safe. Calls begin_dump(wait_ms, last) and end_dump() of each
// writer of this process; waits for another thread that does so.
void dump_live_writers(int64_t wait_ms, bool last) noexcept;

// Async-signal-safe. Whether this thread is in dump_live_writers().
bool is_dumping() noexcept;
// For a handler of a signal that says that it crashed there: leaves the writer
// that it was at, and goes on with the next one.
[[noreturn]] void skip_dumped_writer() noexcept;

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_LIVE_WRITERS_H_
