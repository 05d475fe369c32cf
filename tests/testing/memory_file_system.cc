// SPDX-License-Identifier: Apache-2.0

#include "tests/testing/memory_file_system.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string_view>
#include <utility>

namespace tblog::testing {

class MemoryFile final : public WritableFile {
 public:
  MemoryFile(MemoryFileSystem* owner, std::string path)
      : owner_(owner), path_(std::move(path)) {}
  ~MemoryFile() override { MemoryFile::close().IgnoreError(); }

  absl::Status append(std::string_view bytes, size_t* written) override {
    std::lock_guard<std::mutex> lock(owner_->mutex_);
    owner_->files_[path_] += bytes;
    *written += bytes.size();
    owner_->changed_.notify_all();
    return absl::OkStatus();
  }

  absl::Status sync() override {
    std::lock_guard<std::mutex> lock(owner_->mutex_);
    owner_->synced_bytes_[path_] = owner_->files_[path_].size();
    return absl::OkStatus();
  }

  absl::Status close() override {
    std::lock_guard<std::mutex> lock(owner_->mutex_);
    if (!std::exchange(closed_, true)) --owner_->open_files_;
    owner_->changed_.notify_all();
    return absl::OkStatus();
  }

 private:
  MemoryFileSystem* owner_;
  std::string path_;
  bool closed_ = false;
};

absl::StatusOr<std::unique_ptr<WritableFile>> MemoryFileSystem::create(
    const std::string& path) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string parent = std::filesystem::path(path).parent_path();
  if (directories_.count(parent) == 0)
    return absl::NotFoundError("cannot create " + path + ": no directory");
  if (!files_.try_emplace(path).second)
    return absl::AlreadyExistsError("cannot create " + path + ": it exists");
  ++open_files_;
  return std::make_unique<MemoryFile>(this, path);
}

absl::Status MemoryFileSystem::create_directories(const std::string& path) {
  std::lock_guard<std::mutex> lock(mutex_);
  for (std::filesystem::path p = path; !p.empty(); p = p.parent_path()) {
    if (files_.count(p.string()) > 0)
      return absl::FailedPreconditionError("cannot make the directory " + path +
                                           ": " + p.string() + " is a file");
    directories_.insert(p.string());
    if (p == p.root_path()) break;
  }
  return absl::OkStatus();
}

absl::Status MemoryFileSystem::rename(const std::string& from,
                                      const std::string& to) {
  std::lock_guard<std::mutex> lock(mutex_);
  auto file = files_.extract(from);
  if (file.empty()) return absl::NotFoundError("cannot rename " + from);
  files_.erase(to);
  file.key() = to;
  files_.insert(std::move(file));
  return absl::OkStatus();
}

absl::StatusOr<std::string> MemoryFileSystem::read(const std::string& path) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto file = files_.find(path);
  if (file == files_.end()) return absl::NotFoundError("no file " + path);
  return file->second;
}

absl::StatusOr<std::vector<std::string>> MemoryFileSystem::list(
    const std::string& path) {
  std::vector<std::string> names;
  for (const std::string& file : paths_in(path))
    names.push_back(std::filesystem::path(file).filename());
  return names;
}

absl::StatusOr<std::string> MemoryFileSystem::read_end(const std::string& path,
                                                       size_t max_bytes) {
  const std::string all = contents(path);
  return all.substr(all.size() - std::min(all.size(), max_bytes));
}

absl::Status MemoryFileSystem::sync_directory(const std::string& path) {
  std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [file, contents] : files_) {
    if (std::filesystem::path(file).parent_path() == path)
      synced_names_.insert(file);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> MemoryFileSystem::absolute(
    const std::string& path) {
  std::string absolute =
      (std::filesystem::path("/memory") / path).lexically_normal().string();
  while (absolute.size() > 1 && absolute.back() == '/') absolute.pop_back();
  return absolute;
}

std::vector<std::string> MemoryFileSystem::paths() const {
  std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::string> paths;
  for (const auto& [path, contents] : files_) paths.push_back(path);
  return paths;
}

std::vector<std::string> MemoryFileSystem::paths_in(
    const std::string& directory) const {
  std::vector<std::string> found;
  for (const std::string& path : paths()) {
    if (std::filesystem::path(path).parent_path() == directory)
      found.push_back(path);
  }
  return found;
}

bool MemoryFileSystem::has_directory(const std::string& path) const {
  std::lock_guard<std::mutex> lock(mutex_);
  return directories_.count(path) > 0;
}

std::string MemoryFileSystem::contents(const std::string& path) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto file = files_.find(path);
  return file == files_.end() ? std::string() : file->second;
}

std::string MemoryFileSystem::contents_after_crash(
    const std::string& path) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto synced = synced_bytes_.find(path);
  if (synced == synced_bytes_.end() || synced_names_.count(path) == 0)
    return {};
  return files_.at(path).substr(0, synced->second);
}

void MemoryFileSystem::clear() {
  std::lock_guard<std::mutex> lock(mutex_);
  EXPECT_EQ(open_files_, 0u);
  files_.clear();
  synced_bytes_.clear();
  synced_names_.clear();
  directories_.clear();
}

size_t MemoryFileSystem::open_files() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return open_files_;
}

void MemoryFileSystem::await_bytes(size_t bytes) {
  std::unique_lock<std::mutex> lock(mutex_);
  size_t total = 0;
  const bool came = changed_.wait_for(lock, std::chrono::seconds(30), [&] {
    total = 0;
    for (const auto& [path, contents] : files_) total += contents.size();
    return total >= bytes;
  });
  if (!came)
    ADD_FAILURE() << "only " << total << " of " << bytes << " bytes came";
}

void MemoryFileSystem::await_all_closed() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::seconds(30),
                         [&] { return open_files_ == 0; }))
    ADD_FAILURE() << open_files_ << " files stay open";
}

}  // namespace tblog::testing
