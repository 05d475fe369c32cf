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
  using Node = MemoryFileSystem::Node;

  MemoryFile(MemoryFileSystem* owner, std::string path,
             std::shared_ptr<Node> node)
      : owner_(owner), path_(std::move(path)), node_(std::move(node)) {}
  ~MemoryFile() override { MemoryFile::close().IgnoreError(); }

  absl::Status append(std::string_view bytes, size_t* written) override {
    std::lock_guard<std::mutex> lock(owner_->mutex_);
    EXPECT_TRUE(is_open_) << path_;
    node_->contents += bytes;
    bytes_ += bytes.size();
    *written += bytes.size();
    if (owner_->free_bytes_)
      *owner_->free_bytes_ -= std::min(*owner_->free_bytes_, bytes.size());
    owner_->changed_.notify_all();
    return absl::OkStatus();
  }

  absl::Status sync() override {
    std::lock_guard<std::mutex> lock(owner_->mutex_);
    EXPECT_TRUE(is_open_) << path_;
    node_->synced_bytes = node_->contents.size();
    return absl::OkStatus();
  }

  absl::Status close() override {
    std::lock_guard<std::mutex> lock(owner_->mutex_);
    if (std::exchange(is_open_, false)) --owner_->open_files_;
    owner_->changed_.notify_all();
    return absl::OkStatus();
  }

  FileFate fate() override {
    std::lock_guard<std::mutex> lock(owner_->mutex_);
    if (node_->contents.size() < bytes_) return FileFate::kLost;
    if (is_here()) return FileFate::kInPlace;
    const bool has_name =
        std::any_of(owner_->files_.begin(), owner_->files_.end(),
                    [&](const auto& file) { return file.second == node_; });
    return is_open_ && has_name ? FileFate::kMoved : FileFate::kLost;
  }

  absl::Status suspend() override { return close(); }

  absl::Status resume() override {
    std::lock_guard<std::mutex> lock(owner_->mutex_);
    EXPECT_FALSE(is_open_) << path_;
    if (!is_here() || node_->contents.size() != bytes_)
      return absl::DataLossError(path_ + " is another");
    if (absl::Status status = owner_->take_descriptor(); !status.ok())
      return status;
    is_open_ = true;
    return absl::OkStatus();
  }

 private:
  bool is_here() const {
    const auto file = owner_->files_.find(path_);
    return file != owner_->files_.end() && file->second == node_;
  }

  MemoryFileSystem* owner_;
  std::string path_;
  std::shared_ptr<Node> node_;
  size_t bytes_ = 0;
  bool is_open_ = true;
};

absl::Status MemoryFileSystem::take_descriptor() {
  if (open_files_ >= max_open_files_)
    return absl::ResourceExhaustedError("too many open files");
  ++open_files_;
  most_open_files_ = std::max(most_open_files_, open_files_);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<WritableFile>> MemoryFileSystem::create(
    const std::string& path) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string parent = std::filesystem::path(path).parent_path();
  if (directories_.count(parent) == 0)
    return absl::NotFoundError("cannot create " + path + ": no directory");
  if (files_.count(path) > 0)
    return absl::AlreadyExistsError("cannot create " + path + ": it exists");
  if (absl::Status status = take_descriptor(); !status.ok()) return status;
  const auto node = std::make_shared<Node>();
  files_[path] = node;
  return std::make_unique<MemoryFile>(this, path, node);
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
  synced_names_.erase(from);
  synced_names_.erase(to);
  return absl::OkStatus();
}

absl::StatusOr<std::string> MemoryFileSystem::read(const std::string& path) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto file = files_.find(path);
  if (file == files_.end()) return absl::NotFoundError("no file " + path);
  return file->second->contents;
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
  const auto sync = [&](const std::string& name) {
    if (std::filesystem::path(name).parent_path() == path)
      synced_names_.insert(name);
  };
  for (const auto& [file, contents] : files_) sync(file);
  for (const std::string& directory : directories_) sync(directory);
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
  return file == files_.end() ? std::string() : file->second->contents;
}

std::string MemoryFileSystem::contents_after_crash(
    const std::string& path) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto file = files_.find(path);
  if (file == files_.end() || !file->second->synced_bytes) return {};
  for (std::filesystem::path p = path; p != p.root_path(); p = p.parent_path())
    if (synced_names_.count(p.string()) == 0) return {};
  return file->second->contents.substr(0, *file->second->synced_bytes);
}

void MemoryFileSystem::clear() {
  std::lock_guard<std::mutex> lock(mutex_);
  EXPECT_EQ(open_files_, 0u);
  files_.clear();
  synced_names_.clear();
  directories_.clear();
}

size_t MemoryFileSystem::open_files() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return open_files_;
}

size_t MemoryFileSystem::most_open_files() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return most_open_files_;
}

void MemoryFileSystem::remove(const std::string& path) {
  std::lock_guard<std::mutex> lock(mutex_);
  files_.erase(path);
  synced_names_.erase(path);
}

void MemoryFileSystem::remove_directory(const std::string& path) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto is_below = [&](const std::string& other) {
    return other == path || other.starts_with(path + "/");
  };
  std::erase_if(files_, [&](const auto& file) { return is_below(file.first); });
  std::erase_if(directories_, is_below);
  std::erase_if(synced_names_, is_below);
}

void MemoryFileSystem::truncate(const std::string& path, size_t bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  files_.at(path)->contents.resize(bytes);
}

void MemoryFileSystem::append_to(const std::string& path,
                                 const std::string& bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  files_.at(path)->contents += bytes;
}

void MemoryFileSystem::limit_open_files(size_t limit) {
  std::lock_guard<std::mutex> lock(mutex_);
  max_open_files_ = limit;
}

void MemoryFileSystem::set_free_bytes(uint64_t bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  free_bytes_ = bytes;
}

absl::StatusOr<uint64_t> MemoryFileSystem::free_bytes(const std::string& path) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!free_bytes_) return absl::UnimplementedError("free bytes of " + path);
  return *free_bytes_;
}

void MemoryFileSystem::await_bytes(size_t bytes) {
  std::unique_lock<std::mutex> lock(mutex_);
  size_t total = 0;
  const bool came = changed_.wait_for(lock, std::chrono::seconds(30), [&] {
    total = 0;
    for (const auto& [path, node] : files_) total += node->contents.size();
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
