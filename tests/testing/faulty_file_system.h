// SPDX-License-Identifier: Apache-2.0
//
// FaultyFileSystem: hands on to another file system until a test says what goes
// wrong. Thread-safe.
//
//   MemoryFileSystem memory;
//   FaultyFileSystem disk(&memory);
//   disk.fail(Operation::kAppend, 3);  // the third append from now
//   disk.write_short(2, 10);           // the second lets 10 bytes through
//   disk.fill_after(1000);             // full after 1,000 more bytes
//   disk.stall();  …  disk.resume();   // appends hang in between

#ifndef TBLOG_TESTS_TESTING_FAULTY_FILE_SYSTEM_H_
#define TBLOG_TESTS_TESTING_FAULTY_FILE_SYSTEM_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "tblog/file_system.h"

namespace tblog::testing {

enum class Operation : uint8_t {
  kCreateDirectories,
  kCreate,
  kAppend,
  kSync,
  kSyncDirectory,
  kClose,
  kRename,
  kRead,
  kSuspend,
  kResume,
  kFate,
  kFreeBytes
};

class FaultyFileSystem final : public FileSystem {
 public:
  static constexpr int kForEver = std::numeric_limits<int>::max();

  explicit FaultyFileSystem(FileSystem* base) : base_(base) {}

  // The `nth` call of `operation` from now on (1: the next) and the `times` - 1
  // after it fail with `error`, without effect. The fate of a file is unknown
  // then.
  void fail(Operation operation, int nth, int times = 1,
            absl::Status error = absl::InternalError("injected failure"));
  // The `nth` append from now on lets `bytes` through, then fails.
  void write_short(
      int nth, size_t bytes,
      absl::Status error = absl::InternalError("injected failure"));
  // Appends let `bytes` more through, then fail as a full disk does.
  void fill_after(uint64_t bytes);
  // Nothing fails any more.
  void heal();

  // Calls of `operation` hang until resume().
  void stall(Operation operation = Operation::kAppend);
  void resume();
  // Returns when a call hangs. Fails the test after 30 s of real time.
  void await_stalled();

  // How often `operation` was called so far, failures included.
  int calls(Operation operation) const;

  absl::StatusOr<std::unique_ptr<WritableFile>> create(
      const std::string& path) override;
  absl::Status create_directories(const std::string& path) override;
  absl::Status rename(const std::string& from, const std::string& to) override;
  absl::StatusOr<std::string> read(const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> list(
      const std::string& path) override {
    return base_->list(path);
  }
  absl::StatusOr<std::string> read_end(const std::string& path,
                                       size_t max_bytes) override {
    return base_->read_end(path, max_bytes);
  }
  absl::Status sync_directory(const std::string& path) override;
  absl::StatusOr<uint64_t> free_bytes(const std::string& path) override;
  absl::StatusOr<std::string> absolute(const std::string& path) override {
    return base_->absolute(path);
  }

 private:
  friend class FaultyFile;

  struct Fault {
    Operation operation;
    int first;  // number of the call, as calls() counts
    int last;
    size_t bytes;  // that an append lets through
    absl::Status error;
  };

  // Hangs where the operation does. Counts the call; what it shall fail with,
  // and after how many bytes.
  absl::Status enter(Operation operation, size_t* bytes = nullptr);
  absl::Status append(WritableFile& file, std::string_view bytes,
                      size_t* written);
  void wait_while_stalled(Operation operation);

  FileSystem* base_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Fault> faults_;
  int calls_[12] = {};
  uint64_t room_bytes_ = std::numeric_limits<uint64_t>::max();
  std::optional<Operation> stalled_;
  int hanging_ = 0;
};

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_TESTING_FAULTY_FILE_SYSTEM_H_
