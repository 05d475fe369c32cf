// SPDX-License-Identifier: Apache-2.0
//
// OpenFiles: which of a writer's files have a descriptor; at most so many.
// Beyond, the one that was written least recently gives up its own until it is
// written again. One thread at a time: who has the Core's turn to write.

#ifndef TBLOG_SRC_WRITER_OPEN_FILES_H_
#define TBLOG_SRC_WRITER_OPEN_FILES_H_

#include <cstddef>
#include <list>
#include <utility>

#include "absl/status/status.h"
#include "src/writer/event_file.h"
#include "src/writer/write_gate.h"

namespace tblog::internal {

class OpenFiles {
 public:
  // Of a file that may have a descriptor.
  struct Entry {
    EventFile* file;
    WriteGate* gate;
    std::list<Entry*>::iterator place = {};
    bool is_listed = false;
  };

  explicit OpenFiles(size_t limit) : limit_(limit) {}

  // It is opened, resumed or written next.
  void use(Entry& entry);
  // It is closed.
  void remove(Entry& entry) noexcept;
  // The process or the machine has no descriptor for `entry`, which was to be
  // used: takes that of another. False where there is none to take.
  bool take_for(const Entry& entry);
  // What take_for() has given was what was missing: no more files than now are
  // open from now on.
  void shrink() { limit_ = files_.size(); }

  // The first failure of closing one for another since the last call.
  absl::Status take_failure() { return std::exchange(failure_, {}); }

 private:
  bool suspend_last();

  size_t limit_;
  std::list<Entry*> files_;  // used last: at the front
  absl::Status failure_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_OPEN_FILES_H_
