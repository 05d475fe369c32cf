// SPDX-License-Identifier: Apache-2.0
//
// What Core and RunFile do when the process dies: by system calls alone, in
// memory that was allocated before, and without a lock that is not theirs.

#include <time.h>

#include <cstdint>

#include "src/base/endian.h"
#include "src/record/framing.h"
#include "src/writer/core.h"

namespace tblog::internal {
namespace {

// Tries for `wait_ms`, as often as a millisecond allows.
template <class Try>
bool try_for(int64_t wait_ms, Try&& attempt) noexcept {
  for (;;) {
    if (attempt()) return true;
    if (wait_ms-- <= 0) return false;
    const timespec pause{0, 1'000'000};
    ::nanosleep(&pause, nullptr);
  }
}

// Bytes of the whole records at the beginning of `bytes`. Their checksums are
// looked at: a thread may be in the middle of one, and a program that dies may
// have written where it should not.
size_t whole_records(std::string_view bytes) noexcept {
  size_t end = 0;
  for (;;) {
    const std::string_view rest = bytes.substr(end);
    if (rest.size() < kRecordHeaderBytes + kRecordFooterBytes) return end;
    const uint64_t payload_bytes = load_le64(rest.data());
    if (payload_bytes > rest.size() - kRecordHeaderBytes - kRecordFooterBytes ||
        load_le32(rest.data() + 8) != mask_crc(crc32c(rest.substr(0, 8))))
      return end;
    const std::string_view payload =
        rest.substr(kRecordHeaderBytes, payload_bytes);
    if (load_le32(payload.data() + payload.size()) != mask_crc(crc32c(payload)))
      return end;
    end += kRecordHeaderBytes + payload_bytes + kRecordFooterBytes;
  }
}

}  // namespace

std::string_view RunFile::rest_of(const Chunk& chunk) const noexcept {
  const std::string_view bytes = chunk.bytes;
  if (chunk.number > reached_.chunk) return bytes;
  if (chunk.number < reached_.chunk || reached_.bytes >= bytes.size())
    return {};
  return bytes.substr(reached_.bytes);
}

// Breaks between files are passed over: a file that is too large is better than
// one that may not be made.
void RunFile::dump(ByteQueue& queue, bool growing) noexcept {
  if (torn_) return;
  // What goes where the journal does not look would come twice.
  if (journal_ != nullptr && (!noted_ || file_.descriptor() < 0)) return;
  for (Chunk& chunk : queue.chunks) {
    if (chunk.stored != nullptr) seal_record(*chunk.stored, chunk.bytes);
    const std::string_view rest = rest_of(chunk);
    if (rest.empty()) continue;
    const size_t before = chunk.bytes.size() - rest.size();
    const std::string_view whole = rest.substr(0, whole_records(rest));
    size_t written = 0;
    if (!whole.empty() && !write_all(dump_descriptor(), whole, &written)) {
      torn_ = written > 0;
      file_.count_bytes(written);
      reached_ = {chunk.number,
                  before + whole_records(whole.substr(0, written))};
      return;
    }
    file_.count_bytes(whole.size());
    const bool may_grow = growing && &chunk == &queue.chunks.back();
    reached_ = may_grow ? Position{chunk.number, before + whole.size()}
                        : Position{chunk.number + 1};
  }
}

int RunFile::dump_descriptor() noexcept {
  const int fd = file_.descriptor();
  if (fd >= 0) return fd;
  if (spare_descriptor_ < 0) spare_descriptor_ = spare_.open();
  return spare_descriptor_;
}

void Core::begin_dump(int64_t wait_ms, bool last) noexcept {
  if (!usable()) return;
  // Where another thread keeps the lock, or this one had it when it was
  // interrupted, the queues are read as they are.
  dump_has_lock_ = try_for(wait_ms, [this] { return mutex_.try_lock(); });
  for (Run* run = last_run_.load(std::memory_order_acquire); run != nullptr;
       run = run->before) {
    WriteGate& gate = run->file.gate();
    if (!try_for(wait_ms, [&gate] { return gate.try_enter(); })) continue;
    dump_gate_ = &gate;
    if (taken_for_ == run) run->file.dump(taken_, false);
    run->file.dump(run->queue, true);
    dump_gate_ = nullptr;
    if (!last) gate.leave();
  }
}

void Core::end_dump() noexcept {
  if (dump_gate_ != nullptr) dump_gate_->leave();
  dump_gate_ = nullptr;
  if (dump_has_lock_) mutex_.unlock();
  dump_has_lock_ = false;
}

}  // namespace tblog::internal
