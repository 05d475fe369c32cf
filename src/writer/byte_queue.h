// SPDX-License-Identifier: Apache-2.0

#ifndef TBLOG_SRC_WRITER_BYTE_QUEUE_H_
#define TBLOG_SRC_WRITER_BYTE_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/endian.h"
#include "src/record/framing.h"

namespace tblog::internal {

// Bytes of events, in chunks of whole records whose memory is used again.
struct ByteQueue {
  std::vector<std::string> chunks;
  // Indices of chunks before which a new file begins, strictly ascending, since
  // a file that has begun has an event before the next one does; the number of
  // chunks: after the last one.
  std::vector<size_t> file_breaks;
  uint64_t bytes = 0;

  bool empty() const { return chunks.empty() && file_breaks.empty(); }
};

// How many of the records in `chunk` do not end within its first `written`
// bytes.
inline uint64_t records_beyond(std::string_view chunk, uint64_t written) {
  uint64_t lost = 0;
  for (uint64_t end = 0; end < chunk.size();) {
    end +=
        kRecordHeaderBytes + load_le64(chunk.data() + end) + kRecordFooterBytes;
    if (end > written) ++lost;
  }
  return lost;
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_BYTE_QUEUE_H_
