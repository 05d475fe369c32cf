// SPDX-License-Identifier: Apache-2.0

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tests/interop/cases/cases.h"

namespace cases {
namespace {

void write_reopened(SummaryWriter& writer) {
  writer.scalar("loss", 0, at(0));
  writer.scalar("loss", 1, at(1));
  writer.close().IgnoreError();
  SummaryWriter second(writer.logdir());
  second.scalar("loss", 2, at(2));
  second.scalar("loss", 3, at(3));
  second.scalar("second only", 1, at(2));
}

// Into about a dozen files.
void write_rotated(SummaryWriter& writer) {
  for (int64_t step = 0; step < 300; ++step) {
    writer.scalar("loss", static_cast<double>(step) * 0.5, at(step));
    if (step % 100 == 0) writer.text("note", std::to_string(step), at(step));
  }
}

// Ten steps, of which the last five are logged again.
void write_resumed(SummaryWriter& writer) {
  for (int64_t step = 0; step < 10; ++step) {
    writer.scalar("again", 1, at(step));
    writer.scalar("not again", 1, at(step));
  }
  writer.close().IgnoreError();
  tblog::WriterOptions options;
  options.resume_step = 5;
  SummaryWriter second(writer.logdir(), options);
  for (int64_t step = 5; step < 8; ++step) second.scalar("again", 2, at(step));
}

// A disk that is full for a while: in the middle of a record, and for as long
// as it is told.
class FullDisk final : public tblog::FileSystem {
 public:
  absl::StatusOr<std::unique_ptr<tblog::WritableFile>> create(
      const std::string& path) override {
    auto file = real().create(path);
    if (!file.ok()) return file.status();
    return std::make_unique<File>(*this, *std::move(file));
  }
  absl::Status create_directories(const std::string& path) override {
    return real().create_directories(path);
  }
  absl::StatusOr<std::string> absolute(const std::string& path) override {
    return real().absolute(path);
  }

  std::atomic<bool> is_full{false};

 private:
  class File final : public tblog::WritableFile {
   public:
    File(FullDisk& disk, std::unique_ptr<tblog::WritableFile> base)
        : disk_(disk), base_(std::move(base)) {}
    absl::Status append(std::string_view bytes, size_t* written) override {
      if (!disk_.is_full) return base_->append(bytes, written);
      base_->append(bytes.substr(0, 20), written).IgnoreError();
      return absl::ResourceExhaustedError("the disk is full");
    }
    absl::Status sync() override { return base_->sync(); }
    absl::Status close() override { return base_->close(); }

   private:
    FullDisk& disk_;
    std::unique_ptr<tblog::WritableFile> base_;
  };

  static FileSystem& real() { return *FileSystem::real(); }
};

// Steps 0 to 99, then 50 that are lost, then 150 to 299 in a new file, which is
// begun within a second or two.
void write_recovered(SummaryWriter& writer) {
  FullDisk disk;
  tblog::WriterOptions options;
  options.durability = tblog::Durability::kWriteThrough;
  options.file_system = &disk;
  options.on_error = [](const absl::Status&) {};
  SummaryWriter second(writer.logdir() + "/then full", options);
  const auto log = [&](int64_t begin, int64_t end) {
    for (int64_t step = begin; step < end; ++step)
      second.scalar("loss", static_cast<double>(step) * 0.5, at(step));
  };
  log(0, 100);
  disk.is_full = true;
  log(100, 150);
  disk.is_full = false;
  while (second.stats().recovered == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  log(150, 300);
  writer.scalar("lost", static_cast<double>(second.stats().dropped), at(0));
}

void write_kinds_kept(SummaryWriter& writer) {
  writer.scalar("number", 1, at(0));
  writer.text("number", "a text", at(1));
  writer.histogram("number", std::vector<float>{1}, at(2));
}

void write_refused_directory(SummaryWriter& writer) {
  writer.scalar("instead", 1, at(0));
  writer.child("a.tfevents.b").scalar("never", 1, at(0));
  SummaryWriter refused(writer.logdir() + "/x.tfevents");
  refused.scalar("never", 1, at(0));
}

}  // namespace

Runs file_runs() {
  return {
      {"reopened", write_reopened},
      {"rotated", write_rotated, !kReported, {.max_file_bytes = 2048}},
      {"written through",
       write_rotated,
       !kReported,
       {.max_file_bytes = 2048,
        .durability = tblog::Durability::kWriteThrough}},
      {"resumed", write_resumed},
      {"recovered", write_recovered},
      {"kinds kept", write_kinds_kept, kReported},
      {"refused directory", write_refused_directory, kReported},
  };
}

}  // namespace cases
