// SPDX-License-Identifier: Apache-2.0

#include "src/writer/byte_queue.h"

#include <algorithm>
#include <iterator>
#include <new>
#include <utility>

#include "src/base/endian.h"
#include "src/record/framing.h"

namespace tblog::internal {

uint64_t records_beyond(std::string_view chunk, uint64_t written) {
  uint64_t count = 0;
  for (uint64_t end = 0; end < chunk.size();) {
    end +=
        kRecordHeaderBytes + load_le64(chunk.data() + end) + kRecordFooterBytes;
    if (end > written) ++count;
  }
  return count;
}

Chunk ByteQueue::remove(size_t i) {
  Chunk chunk = std::move(chunks[i]);
  chunks.erase(chunks.begin() + static_cast<ptrdiff_t>(i));
  for (size_t& file_break : file_breaks) file_break -= file_break > i ? 1 : 0;
  file_breaks.erase(std::unique(file_breaks.begin(), file_breaks.end()),
                    file_breaks.end());
  bytes -= chunk.bytes.size();
  return chunk;
}

void ByteQueue::take(uint64_t max_bytes, ByteQueue& front) noexcept {
  std::swap(*this, front);
  uint64_t taken = 0;
  size_t count = 0;
  while (count < front.chunks.size()) {
    const uint64_t size = front.chunks[count].bytes.size();
    if (count > 0 && taken + size > max_bytes) break;
    taken += size;
    ++count;
  }
  if (count == front.chunks.size()) return;
  try {
    chunks.reserve(front.chunks.size() - count);
    file_breaks.reserve(front.file_breaks.size());
  } catch (const std::bad_alloc&) {
    return;
  }
  const auto rest = front.chunks.begin() + static_cast<ptrdiff_t>(count);
  std::move(rest, front.chunks.end(), std::back_inserter(chunks));
  front.chunks.erase(rest, front.chunks.end());
  bytes = front.bytes - taken;
  front.bytes = taken;
  const auto first = std::lower_bound(front.file_breaks.begin(),
                                      front.file_breaks.end(), count);
  std::transform(first, front.file_breaks.end(),
                 std::back_inserter(file_breaks),
                 [count](size_t i) { return i - count; });
  front.file_breaks.erase(first, front.file_breaks.end());
}

}  // namespace tblog::internal
