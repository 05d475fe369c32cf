// SPDX-License-Identifier: Apache-2.0

#include "tests/testing/faulty_file_system.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace tblog::testing {

class FaultyFile final : public WritableFile {
 public:
  FaultyFile(FaultyFileSystem* owner, std::unique_ptr<WritableFile> base)
      : owner_(owner), base_(std::move(base)) {}

  absl::Status append(std::string_view bytes, size_t* written) override {
    return owner_->append(*base_, bytes, written);
  }

  absl::Status sync() override {
    const absl::Status fault = owner_->enter(Operation::kSync);
    return fault.ok() ? base_->sync() : fault;
  }

  absl::Status close() override {
    const absl::Status fault = owner_->enter(Operation::kClose);
    const absl::Status closed = base_->close();
    return fault.ok() ? closed : fault;
  }

  FileFate fate() override {
    const absl::Status fault = owner_->enter(Operation::kFate);
    return fault.ok() ? base_->fate() : FileFate::kUnknown;
  }

  absl::Status suspend() override {
    const absl::Status fault = owner_->enter(Operation::kSuspend);
    const absl::Status suspended = base_->suspend();
    return fault.ok() ? suspended : fault;
  }

  absl::Status resume() override {
    const absl::Status fault = owner_->enter(Operation::kResume);
    return fault.ok() ? base_->resume() : fault;
  }

 private:
  FaultyFileSystem* owner_;
  std::unique_ptr<WritableFile> base_;
};

void FaultyFileSystem::fail(Operation operation, int nth, int times,
                            absl::Status error) {
  std::lock_guard<std::mutex> lock(mutex_);
  const int first = calls_[static_cast<int>(operation)] + nth;
  const int last = times > kForEver - first ? kForEver : first + times - 1;
  faults_.push_back({operation, first, last, 0, std::move(error)});
}

void FaultyFileSystem::write_short(int nth, size_t bytes, absl::Status error) {
  std::lock_guard<std::mutex> lock(mutex_);
  const int call = calls_[static_cast<int>(Operation::kAppend)] + nth;
  faults_.push_back({Operation::kAppend, call, call, bytes, std::move(error)});
}

void FaultyFileSystem::fill_after(uint64_t bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  room_bytes_ = bytes;
}

void FaultyFileSystem::heal() {
  std::lock_guard<std::mutex> lock(mutex_);
  faults_.clear();
  room_bytes_ = std::numeric_limits<uint64_t>::max();
}

void FaultyFileSystem::stall(Operation operation) {
  std::lock_guard<std::mutex> lock(mutex_);
  stalled_ = operation;
}

void FaultyFileSystem::resume() {
  std::lock_guard<std::mutex> lock(mutex_);
  stalled_.reset();
  changed_.notify_all();
}

void FaultyFileSystem::await_stalled() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::seconds(30),
                         [&] { return hanging_ > 0; }))
    ADD_FAILURE() << "no call hangs";
}

int FaultyFileSystem::calls(Operation operation) const {
  std::lock_guard<std::mutex> lock(mutex_);
  return calls_[static_cast<int>(operation)];
}

absl::StatusOr<std::unique_ptr<WritableFile>> FaultyFileSystem::create(
    const std::string& path) {
  absl::Status fault = enter(Operation::kCreate);
  if (!fault.ok()) return fault;
  auto file = base_->create(path);
  if (!file.ok()) return file.status();
  return std::make_unique<FaultyFile>(this, *std::move(file));
}

absl::Status FaultyFileSystem::create_directories(const std::string& path) {
  absl::Status fault = enter(Operation::kCreateDirectories);
  return fault.ok() ? base_->create_directories(path) : fault;
}

absl::Status FaultyFileSystem::rename(const std::string& from,
                                      const std::string& to) {
  absl::Status fault = enter(Operation::kRename);
  return fault.ok() ? base_->rename(from, to) : fault;
}

absl::StatusOr<std::string> FaultyFileSystem::read(const std::string& path) {
  absl::Status fault = enter(Operation::kRead);
  if (!fault.ok()) return fault;
  return base_->read(path);
}

absl::Status FaultyFileSystem::sync_directory(const std::string& path) {
  absl::Status fault = enter(Operation::kSyncDirectory);
  return fault.ok() ? base_->sync_directory(path) : fault;
}

absl::StatusOr<uint64_t> FaultyFileSystem::free_bytes(const std::string& path) {
  absl::Status fault = enter(Operation::kFreeBytes);
  if (!fault.ok()) return fault;
  return base_->free_bytes(path);
}

absl::Status FaultyFileSystem::enter(Operation operation, size_t* bytes) {
  wait_while_stalled(operation);
  std::lock_guard<std::mutex> lock(mutex_);
  const int call = ++calls_[static_cast<int>(operation)];
  for (const Fault& fault : faults_) {
    if (fault.operation != operation || call < fault.first || call > fault.last)
      continue;
    if (bytes != nullptr) *bytes = fault.bytes;
    return fault.error;
  }
  return absl::OkStatus();
}

absl::Status FaultyFileSystem::append(WritableFile& file,
                                      std::string_view bytes, size_t* written) {
  size_t allowed = 0;
  absl::Status fault = enter(Operation::kAppend, &allowed);
  if (fault.ok()) allowed = bytes.size();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (allowed > room_bytes_) {
      allowed = static_cast<size_t>(room_bytes_);
      fault = absl::ResourceExhaustedError("injected: the disk is full");
    }
    allowed = std::min(allowed, bytes.size());
    room_bytes_ -= allowed;
  }
  if (allowed > 0) {
    const absl::Status status = file.append(bytes.substr(0, allowed), written);
    if (!status.ok()) return status;
  }
  return fault;
}

void FaultyFileSystem::wait_while_stalled(Operation operation) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (stalled_ != operation) return;
  ++hanging_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return !stalled_; });
  --hanging_;
}

}  // namespace tblog::testing
