// SPDX-License-Identifier: Apache-2.0
//
// MemoryFileSystem: files as strings. Thread-safe. The working directory of
// relative paths is "/memory".

#ifndef TBLOG_TESTS_TESTING_MEMORY_FILE_SYSTEM_H_
#define TBLOG_TESTS_TESTING_MEMORY_FILE_SYSTEM_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tblog/file_system.h"

namespace tblog::testing {

class MemoryFileSystem final : public FileSystem {
 public:
  // NotFound where the directory was not made, AlreadyExists where the path is
  // taken.
  absl::StatusOr<std::unique_ptr<WritableFile>> create(
      const std::string& path) override;
  absl::Status create_directories(const std::string& path) override;
  absl::Status rename(const std::string& from, const std::string& to) override;
  absl::StatusOr<std::string> read(const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> list(
      const std::string& path) override;
  absl::StatusOr<std::string> read_end(const std::string& path,
                                       size_t max_bytes) override;
  absl::Status sync_directory(const std::string& path) override;
  // As set_free_bytes() and what was appended since say.
  absl::StatusOr<uint64_t> free_bytes(const std::string& path) override;
  absl::StatusOr<std::string> absolute(const std::string& path) override;

  // Paths of all files, sorted.
  std::vector<std::string> paths() const;
  // Paths of the files that stand in `directory` itself, sorted.
  std::vector<std::string> paths_in(const std::string& directory) const;
  bool has_directory(const std::string& path) const;
  // What reached the file; empty where there is none.
  std::string contents(const std::string& path) const;
  // What a crash of the machine would leave of the file: what was synced of it,
  // and nothing where the directory it stands in, or one above, was not synced
  // after it came to be there.
  std::string contents_after_crash(const std::string& path) const;
  // Forgets all files and directories; none may be open.
  void clear();
  // How many files were created and not yet closed; suspended ones not counted.
  size_t open_files() const;
  // The most that were open at a time.
  size_t most_open_files() const;

  // What others do to files while they are open, or not. The bytes of a deleted
  // one are gone.
  void remove(const std::string& path);
  void remove_directory(const std::string& path);
  void truncate(const std::string& path, size_t bytes);
  void append_to(const std::string& path, const std::string& bytes);

  // More files than this cannot be open, as with EMFILE.
  void limit_open_files(size_t limit);
  void set_free_bytes(uint64_t bytes);

  // Returns when all files together hold at least `bytes`. Fails the test after
  // 30 s of real time.
  void await_bytes(size_t bytes);
  // Returns when no file is open. Fails likewise.
  void await_all_closed();

 private:
  friend class MemoryFile;

  absl::Status take_descriptor();

  // A file, whatever its name.
  struct Node {
    std::string contents;
    std::optional<size_t> synced_bytes;
  };

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::shared_ptr<Node>> files_;
  std::set<std::string> synced_names_;  // of files and directories
  std::set<std::string> directories_;
  size_t open_files_ = 0;
  size_t most_open_files_ = 0;
  size_t max_open_files_ = std::numeric_limits<size_t>::max();
  std::optional<uint64_t> free_bytes_;
};

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_TESTING_MEMORY_FILE_SYSTEM_H_
