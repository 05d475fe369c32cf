// SPDX-License-Identifier: Apache-2.0
//
// FileSystem: what the writer does to a disk, passed in so that a full or
// failing one can be tested, and so that other stores can be added.
// Implementations: FileSystem thread-safe, WritableFile one thread at a time;
// they are called without a lock of the writer held.

#ifndef TBLOG_FILE_SYSTEM_H_
#define TBLOG_FILE_SYSTEM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tblog/export.h"

namespace tblog {

// What became of a file since it was made, as far as its store can tell.
enum class FileFate : uint8_t {
  kUnknown,
  kInPlace,  // stands under its name, with all that was appended
  kMoved,    // has lost its name, but what is appended reaches it
  kLost,     // deleted or cut short; what is appended is lost as well
};

class TBLOG_EXPORT WritableFile {
 public:
  virtual ~WritableFile() = default;

  // Appends `bytes`; what reached the file is added to `*written`, also where
  // an error follows. Errors: ResourceExhausted (disk or quota is full), else
  // what the system said; the message names the file.
  virtual absl::Status append(std::string_view bytes, size_t* written) = 0;
  // Asks the system to put what was appended onto the disk.
  virtual absl::Status sync() = 0;
  virtual absl::Status close() = 0;
  // A descriptor to which write(2) appends what append() would, or -1. Without
  // one, crash_handler.h cannot write what is pending. Default: -1.
  virtual int descriptor() const noexcept { return -1; }

  // Asked at most once a second, of a suspended file too. Cost: on the
  // machine's own disks two system calls. Default: kUnknown.
  virtual FileFate fate() { return FileFate::kUnknown; }
  // Gives back what an open file occupies, a descriptor, until resume(); in
  // between there is no append() or sync(). WriterOptions::max_open_files needs
  // both. Errors: Unimplemented where the file stays open; else as close(), and
  // it is suspended. Default: Unimplemented.
  virtual absl::Status suspend() {
    return absl::UnimplementedError("the file cannot be suspended");
  }
  // Errors: DataLoss where under the file's name there is none, another, or not
  // what was appended to it and no more; else as FileSystem::create().
  virtual absl::Status resume() {
    return absl::UnimplementedError("the file cannot be resumed");
  }
  // resume() by async-signal-safe calls, and descriptor(); -1 where it fails.
  // crash_handler.h writes to suspended files with it. Default: -1.
  virtual int resume_descriptor() noexcept { return -1; }
};

class TBLOG_EXPORT FileSystem {
 public:
  virtual ~FileSystem() = default;

  // Makes a new file for appending. Errors: AlreadyExists where the path is
  // taken, NotFound, PermissionDenied, ….
  virtual absl::StatusOr<std::unique_ptr<WritableFile>> create(
      const std::string& path) = 0;
  // Makes the directory and those above it; one that exists is fine.
  virtual absl::Status create_directories(const std::string& path) = 0;
  // Gives the file `from` the name `to`, in place of a file that may have it.
  // Only embeddings need it. Default: Unimplemented.
  virtual absl::Status rename(const std::string& from, const std::string& to);
  // The whole of a file. Only embeddings need it. Errors: NotFound where there
  // is none. Default: Unimplemented.
  virtual absl::StatusOr<std::string> read(const std::string& path);
  // Asks the system to put the names in the directory onto the disk.
  // Durability::kSync alone needs it. Default: Unimplemented.
  virtual absl::Status sync_directory(const std::string& path) {
    return absl::UnimplementedError("cannot sync the directory " + path);
  }
  // Names of what stands in the directory, in any order. Without it, what an
  // earlier writer left there is not seen. Default: Unimplemented.
  virtual absl::StatusOr<std::vector<std::string>> list(
      const std::string& path) {
    return absl::UnimplementedError("cannot list the directory " + path);
  }
  // The last `max_bytes` bytes of the file, all of a smaller one. As list().
  virtual absl::StatusOr<std::string> read_end(const std::string& path,
                                               size_t /*max_bytes*/) {
    return absl::UnimplementedError("cannot read " + path);
  }
  // Whether another writer, here or in another process, has a file of create()
  // open. Without it, two writers of one run are not told of each other.
  // Default: false.
  virtual bool is_being_written(const std::string& /*path*/) { return false; }
  // How many bytes more can be written to the file system of the directory
  // `path`, which may not be there yet. WriterOptions::min_free_bytes needs it.
  // Default: Unimplemented.
  virtual absl::StatusOr<uint64_t> free_bytes(const std::string& path) {
    return absl::UnimplementedError("cannot tell the free bytes of " + path);
  }
  // `path` made absolute, without `.` and `..`; links are not resolved.
  virtual absl::StatusOr<std::string> absolute(const std::string& path) = 0;

  // The machine's own files. Never destroyed.
  static FileSystem* real() noexcept;
};

}  // namespace tblog

#endif  // TBLOG_FILE_SYSTEM_H_
