// SPDX-License-Identifier: Apache-2.0
//
// EventFile: the file that a run writes now, its name and its first record.
// One thread at a time.

#ifndef TBLOG_SRC_WRITER_EVENT_FILE_H_
#define TBLOG_SRC_WRITER_EVENT_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "src/writer/spare_file.h"
#include "tblog/clock.h"
#include "tblog/file_system.h"

namespace tblog::internal {

// "events.out.tfevents.<secs>.<host>.<pid>.<counter><suffix>": readers take the
// files of a run in the order of their names, so numbers are padded with zeros
// and those that grow stand first.
std::string event_file_name(int64_t secs, std::string_view host, int64_t pid,
                            int counter, std::string_view suffix);

// `host` with all but letters, digits, '-', '_' and '.' replaced by '_'.
std::string clean_host_name(std::string_view host);

// What a new event file begins with; `start_step`: where the run starts again.
std::string first_records(double wall_time, std::optional<int64_t> start_step);

// Who writes, in a file's name.
struct FileOwner {
  std::string host;  // of clean_host_name()
  int64_t pid = 0;
};
// This machine and process.
FileOwner this_process();

struct EventFileOptions {
  std::string suffix = {};
  // Default: this_process() at the time.
  std::optional<FileOwner> owner = {};
  // A new file's name is on the disk before open() returns.
  bool sync_names = false;
  // The first file says that the run starts again at this step.
  std::optional<int64_t> start_step = {};
};

class EventFile {
 public:
  EventFile(FileSystem* file_system, Clock* clock, std::string directory,
            EventFileOptions options = {});

  // Before the first open(): names shall sort after one with this time.
  void sort_after(int64_t secs);

  // Makes the directory and a new file whose name sorts after the one before,
  // and writes the version record. Bytes that reached it are added to
  // `*written`. After a failure that left an empty file, the next open() takes
  // that file, so that a full disk does not fill up with empty ones.
  absl::Status open(size_t* written);
  bool is_open() const { return is_open_; }

  // Of the file that open() made last: its name in the directory, and its
  // length.
  const std::string& name() const { return name_; }
  uint64_t bytes() const { return bytes_; }
  // As many were written to descriptor().
  void count_bytes(uint64_t bytes) noexcept { bytes_ += bytes; }

  // Only while open. After a failure the file may end in a part of a record:
  // abandon() it.
  absl::Status append(std::string_view bytes, size_t* written);
  absl::Status sync();
  // Fine also where none is open, or a suspended one.
  absl::Status close();
  void abandon();

  // ---- For the crash handler ----

  // Of the open file, which is resumed for that; -1 where none is, or the file
  // system has none.
  int descriptor() noexcept {
    if (!is_open_) return -1;
    if (!is_suspended_) return file_->descriptor();
    const int fd = file_->resume_descriptor();
    is_suspended_ = fd < 0;
    return fd;
  }
  // The file that would be opened next; nothing where the files are not the
  // machine's own.
  SpareFile next_file() const;
  // Of the open file, as WritableFile says. A file system that does not find a
  // file in its place that was just made is not believed, and its files not
  // suspended.
  FileFate fate();
  absl::Status suspend();
  absl::Status resume();
  bool is_suspended() const { return is_suspended_; }
  std::string path() const;

 private:
  absl::Status create();
  absl::Status sync_names();
  void choose_next_name();
  std::string next_name() const;

  FileSystem* file_system_;
  Clock* clock_;
  std::string directory_;
  EventFileOptions options_;
  int64_t secs_ = -1;
  int counter_ = 0;
  std::string name_;
  uint64_t bytes_ = 0;
  std::unique_ptr<WritableFile> file_;
  bool names_synced_ = false;
  bool is_open_ = false;
  bool is_suspended_ = false;
  bool tells_fate_ = false;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_EVENT_FILE_H_
