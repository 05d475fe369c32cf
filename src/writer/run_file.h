// SPDX-License-Identifier: Apache-2.0
//
// RunFile: where the bytes of a run go, from one event file to the next.
// Nothing here throws. One thread at a time: who has the Core's turn to write.

#ifndef TBLOG_SRC_WRITER_RUN_FILE_H_
#define TBLOG_SRC_WRITER_RUN_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "src/writer/byte_queue.h"
#include "src/writer/event_file.h"
#include "src/writer/spare_file.h"
#include "src/writer/write_gate.h"

namespace tblog::internal {

class RunFile {
 public:
  // `sync`: what write() takes is on the disk when it returns.
  RunFile(bool sync, EventFile file) : sync_(sync), file_(std::move(file)) {}

  // Once names are settled, and after each open(): what the crash handler would
  // open.
  void prepare_spare() noexcept;

  // What became of a queue.
  struct Written {
    uint64_t bytes = 0;
    uint64_t lost = 0;     // events
    absl::Status writing;  // where not OK, no file is open
    absl::Status closing;  // of files that were ended
    absl::Status syncing;
  };
  // Into the open file, or a new one; breaks as the queue says.
  Written write(const ByteQueue& queue) noexcept;

  // Of EventFile.
  void sort_after(int64_t secs) { file_.sort_after(secs); }
  absl::Status open(size_t* written) noexcept;
  void abandon() noexcept;
  // Fine also where none is open.
  absl::Status sync() noexcept;
  // What is on its way to a file that cannot be closed may be lost, which the
  // system alone knows; the next file is written all the same.
  absl::Status end() noexcept;

  // ---- For the crash handler, in core_crash.cc ----

  // Who is in the gate uses the files; who has the turn enters it here.
  WriteGate& gate() noexcept { return gate_; }
  // Async-signal-safe, in the gate. Writes the whole records of the queue that
  // are not written yet, and remembers them, so that write() leaves them out
  // where the process lives on. `growing`: the last chunk may end in a part of
  // a record, which a thread is about to finish.
  void dump(const ByteQueue& queue, bool growing) noexcept;

 private:
  // How far the run's chunks are written, by write() or dump().
  struct Position {
    uint64_t chunk = 0;  // those with smaller numbers are
    size_t bytes = 0;    // and so many of this one
  };

  std::string_view rest_of(const Chunk& chunk) const noexcept;
  // Of the open file, else of the spare one; -1 where there is none.
  int dump_descriptor() noexcept;
  absl::Status append(std::string_view chunk, size_t* reached,
                      Written& written) noexcept;
  void begin_next(Written& written) noexcept;

  const bool sync_;
  WriteGate gate_;
  EventFile file_;
  SpareFile spare_;
  int spare_descriptor_ = -1;  // once it had to be opened
  Position reached_;
  bool torn_ = false;  // dump() left a part of a record
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_RUN_FILE_H_
