// SPDX-License-Identifier: Apache-2.0

#include "src/writer/run_file.h"

#include <algorithm>
#include <string>
#include <utility>

#include "src/writer/caught.h"
#include "src/writer/journal.h"

namespace tblog::internal {

void RunFile::set_journal(Journal* journal, int run) noexcept {
  journal_ = journal;
  journaled_ = run;
  if (!file_.is_open()) return;
  journal_->note_write(journaled_, file_.name(), 0, file_.bytes());
  noted_ = true;
}

RunFile::Written RunFile::write(const ByteQueue& queue,
                                uint64_t position) noexcept {
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
    position += queue.chunks[i].bytes.size();
    if (chunk.empty()) continue;
    size_t reached = 0;
    if (written.writing.ok())
      written.writing =
          append(chunk, position - chunk.size(), &reached, written);
    if (!written.writing.ok()) written.lost += records_beyond(chunk, reached);
  }
  if (!queue.chunks.empty()) reached_ = {queue.chunks.back().number + 1};
  settle(written);
  return written;
}

RunFile::Written RunFile::write(std::string_view record) noexcept {
  const WriteGate::Hold hold(gate_);
  Written written;
  if (std::exchange(torn_, false)) abandon();
  size_t reached = 0;
  written.writing = append(record, 0, &reached, written);
  written.lost = reached < record.size() ? 1 : 0;
  settle(written);
  return written;
}

void RunFile::settle(Written& written) noexcept {
  if (!written.writing.ok() && file_.is_open()) abandon();
  if (sync_) written.syncing.Update(sync());
  written.closing.Update(open_files_.take_failure());
}

// The gate is for the change alone: who dies meanwhile writes what is there.
void RunFile::compress(Chunk& chunk, std::string& spare) noexcept {
  std::string record;
  const absl::Status status = caught([&] {
    record = compress_record(*chunk.stored, chunk.bytes);
    return absl::OkStatus();
  });
  {
    const WriteGate::Hold hold(gate_);
    if (status.ok()) {
      chunk.bytes.swap(record);
    } else {
      seal_record(*chunk.stored, chunk.bytes);
    }
    chunk.stored = nullptr;
  }
  if (status.ok() && record.capacity() > spare.capacity()) spare.swap(record);
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

absl::Status RunFile::append(std::string_view chunk, uint64_t position,
                             size_t* reached, Written& written) noexcept {
  size_t head = 0;
  absl::Status status;
  if (!file_.is_open()) status = open(&head);
  if (status.ok() && journal_ != nullptr) {
    journal_->note_write(journaled_, file_.name(), position, file_.bytes());
    noted_ = true;
  }
  if (status.ok()) {
    is_synced_ = false;
    status = caught([&] {
      open_files_.use(entry_);
      return file_.append(chunk, reached);
    });
  }
  written.bytes += head + *reached;
  return status;
}

RunFile::Found RunFile::prepare(Clock::Monotonic now) noexcept {
  const WriteGate::Hold hold(gate_);
  Found found = look(now);
  if (!file_.is_open() || !file_.is_suspended()) return found;
  found.status = resume();
  if (found.status.ok()) return found;
  if (absl::IsDataLoss(found.status)) {
    found = {FileFate::kLost, absl::OkStatus(), file_.path()};
  }
  abandon();
  return found;
}

RunFile::Found RunFile::look(Clock::Monotonic now) noexcept {
  if (!file_.is_open() || now < look_at_) return {};
  Found found = look_now();
  if (found.fate == FileFate::kLost || found.fate == FileFate::kMoved)
    look_every_ = std::min(2 * look_every_, std::chrono::seconds(60));
  look_at_ = now + look_every_;
  return found;
}

RunFile::Found RunFile::look_now() noexcept {
  Found found;
  if (!file_.is_open()) return found;
  const absl::Status looked = caught([&] {
    found.path = file_.path();
    found.fate = file_.fate();
    return absl::OkStatus();
  });
  if (looked.ok() && found.fate == FileFate::kLost) abandon();
  return found;
}

// Where the limit of the process or the machine is lower than ours, ours
// follows it.
template <class F>
absl::Status RunFile::with_descriptor(F&& open) noexcept {
  absl::Status status = caught([&] {
    open_files_.use(entry_);
    return absl::OkStatus();
  });
  if (status.ok()) status = caught(open);
  if (absl::IsResourceExhausted(status) && take_for_another()) {
    status = caught(open);
    if (status.ok()) open_files_.shrink();
  }
  if (!status.ok()) open_files_.remove(entry_);
  return status;
}

bool RunFile::take_for_another() noexcept {
  return caught([&] {
           return open_files_.take_for(entry_) ? absl::OkStatus()
                                               : absl::NotFoundError("");
         })
      .ok();
}

absl::Status RunFile::open(size_t* written) noexcept {
  const WriteGate::Hold hold(gate_);
  noted_ = false;
  absl::Status status = with_descriptor([&] { return file_.open(written); });
  if (status.ok()) prepare_spare();
  return status;
}

absl::Status RunFile::resume() noexcept {
  const WriteGate::Hold hold(gate_);
  return with_descriptor([&] { return file_.resume(); });
}

void RunFile::abandon() noexcept {
  const WriteGate::Hold hold(gate_);
  caught([&] {
    open_files_.remove(entry_);
    file_.abandon();
    return absl::OkStatus();
  }).IgnoreError();
}

absl::Status RunFile::sync() noexcept {
  if (!file_.is_open()) return absl::OkStatus();
  if (file_.is_suspended()) {
    if (is_synced_) return absl::OkStatus();
    if (absl::Status status = resume(); !status.ok()) return status;
  }
  absl::Status status = caught([&] { return file_.sync(); });
  is_synced_ = status.ok();
  return status;
}

absl::Status RunFile::end() noexcept {
  const WriteGate::Hold hold(gate_);
  return caught([&] {
    open_files_.remove(entry_);
    return file_.close();
  });
}

}  // namespace tblog::internal
