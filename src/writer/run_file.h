// SPDX-License-Identifier: Apache-2.0
//
// RunFile: where the bytes of a run go, from one event file to the next.
// Nothing here throws. One thread at a time: who has the Core's turn to write.

#ifndef TBLOG_SRC_WRITER_RUN_FILE_H_
#define TBLOG_SRC_WRITER_RUN_FILE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "src/writer/byte_queue.h"
#include "src/writer/event_file.h"
#include "src/writer/open_files.h"
#include "src/writer/spare_file.h"
#include "src/writer/write_gate.h"
#include "tblog/clock.h"

namespace tblog::internal {

class Journal;

class RunFile {
 public:
  // `sync`: what write() takes is on the disk when it returns.
  RunFile(bool sync, OpenFiles& open_files, EventFile file)
      : sync_(sync), open_files_(open_files), file_(std::move(file)) {}
  RunFile(const RunFile&) = delete;
  RunFile& operator=(const RunFile&) = delete;

  // Once names are settled, and after each open(): what the crash handler would
  // open.
  void prepare_spare() noexcept;

  // From now on tells `journal` before it writes anything of the run `run`, of
  // which nothing is written yet.
  void set_journal(Journal* journal, int run) noexcept;

  // What became of a queue.
  struct Written {
    uint64_t bytes = 0;
    uint64_t lost = 0;     // events
    absl::Status writing;  // where not OK, no file is open
    absl::Status closing;  // of files that were ended or suspended
    absl::Status syncing;
  };
  // Into the open file, or a new one; breaks as the queue says. `position`:
  // bytes of the run that came before. Call prepare() first where it is due.
  Written write(const ByteQueue& queue, uint64_t position) noexcept;
  // The same of one record, where nothing waits before it and no journal is.
  Written write(std::string_view record) noexcept;

  // ---- Before it is written ----

  // What became of the open file; where it is lost or cannot be resumed, none
  // is open any more.
  struct Found {
    FileFate fate = FileFate::kUnknown;
    absl::Status status;
    std::string path;  // where the fate is one to tell
  };
  // Once a second, and where the file is suspended.
  bool is_due(Clock::Monotonic now) const {
    return file_.is_open() && (file_.is_suspended() || now >= look_at_);
  }
  bool is_ready() const { return file_.is_open() && !file_.is_suspended(); }
  // Looks where the file is, and resumes it.
  Found prepare(Clock::Monotonic now) noexcept;
  // Looks only: where a second has passed, or at once.
  Found look(Clock::Monotonic now) noexcept;
  Found look_now() noexcept;

  // Of EventFile.
  void sort_after(int64_t secs) { file_.sort_after(secs); }
  bool is_open() const { return file_.is_open(); }
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
  void dump(ByteQueue& queue, bool growing) noexcept;
  // Compresses the images of a chunk that was taken to be written. Where memory
  // is short, they stay as they are. `spare` becomes the memory that they had,
  // where that is larger.
  void compress(Chunk& chunk, std::string& spare) noexcept;

 private:
  // How far the run's chunks are written, by write() or dump().
  struct Position {
    uint64_t chunk = 0;  // those with smaller numbers are
    size_t bytes = 0;    // and so many of this one
  };

  std::string_view rest_of(const Chunk& chunk) const noexcept;
  // Of the open file, else of the spare one; -1 where there is none.
  int dump_descriptor() noexcept;
  absl::Status append(std::string_view chunk, uint64_t position,
                      size_t* reached, Written& written) noexcept;
  void begin_next(Written& written) noexcept;
  void settle(Written& written) noexcept;
  absl::Status resume() noexcept;
  // Calls `open`, which needs a descriptor, with as many as there may be.
  template <class F>
  absl::Status with_descriptor(F&& open) noexcept;
  bool take_for_another() noexcept;

  const bool sync_;
  OpenFiles& open_files_;
  WriteGate gate_;
  EventFile file_;
  SpareFile spare_;
  int spare_descriptor_ = -1;  // once it had to be opened
  Position reached_;
  bool torn_ = false;  // dump() left a part of a record
  OpenFiles::Entry entry_{&file_, &gate_};
  bool is_synced_ = true;
  Clock::Monotonic look_at_{};
  // Grows where the file was not found in its place: a file system that is
  // wrong about that costs a new file a minute.
  std::chrono::seconds look_every_{1};
  Journal* journal_ = nullptr;
  int journaled_ = 0;
  bool noted_ = false;  // the journal knows the file that is open
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_RUN_FILE_H_
