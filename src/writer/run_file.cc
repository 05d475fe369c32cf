// SPDX-License-Identifier: Apache-2.0

#include "src/writer/run_file.h"

#include <string>
#include <utility>

#include "src/writer/caught.h"

namespace tblog::internal {

RunFile::Written RunFile::write(const ByteQueue& queue) noexcept {
  const WriteGate::Hold hold(gate_);
  Written written;
  if (std::exchange(torn_, false)) abandon();
  auto file_break = queue.file_breaks.begin();
  for (size_t i = 0; i <= queue.chunks.size(); ++i) {
    if (file_break != queue.file_breaks.end() && *file_break == i) {
      ++file_break;
      begin_next(written);
    }
    if (i == queue.chunks.size()) break;
    const std::string_view chunk = rest_of(queue.chunks[i]);
    if (chunk.empty()) continue;
    size_t reached = 0;
    if (written.writing.ok())
      written.writing = append(chunk, &reached, written);
    if (!written.writing.ok()) written.lost += records_beyond(chunk, reached);
  }
  if (!queue.chunks.empty()) reached_ = {queue.chunks.back().number + 1};
  if (!written.writing.ok() && file_.is_open()) abandon();
  if (sync_) written.syncing.Update(sync());
  return written;
}

void RunFile::prepare_spare() noexcept {
  caught([&] {
    spare_ = file_.next_file();
    return absl::OkStatus();
  }).IgnoreError();
}

// The first event after it opens the file.
void RunFile::begin_next(Written& written) noexcept {
  if (!file_.is_open()) return;
  if (sync_) written.syncing.Update(sync());
  written.closing.Update(end());
}

absl::Status RunFile::append(std::string_view chunk, size_t* reached,
                             Written& written) noexcept {
  size_t head = 0;
  absl::Status status;
  if (!file_.is_open()) status = open(&head);
  if (status.ok())
    status = caught([&] { return file_.append(chunk, reached); });
  written.bytes += head + *reached;
  return status;
}

absl::Status RunFile::open(size_t* written) noexcept {
  const WriteGate::Hold hold(gate_);
  absl::Status status = caught([&] { return file_.open(written); });
  if (status.ok()) prepare_spare();
  return status;
}

void RunFile::abandon() noexcept {
  const WriteGate::Hold hold(gate_);
  caught([&] {
    file_.abandon();
    return absl::OkStatus();
  }).IgnoreError();
}

absl::Status RunFile::sync() noexcept {
  if (!file_.is_open()) return absl::OkStatus();
  return caught([&] { return file_.sync(); });
}

absl::Status RunFile::end() noexcept {
  const WriteGate::Hold hold(gate_);
  return caught([&] { return file_.close(); });
}

}  // namespace tblog::internal
