// SPDX-License-Identifier: Apache-2.0
//
// ByteQueue: the framed events of a run that wait to be written. One thread at
// a time.

#ifndef TBLOG_SRC_WRITER_BYTE_QUEUE_H_
#define TBLOG_SRC_WRITER_BYTE_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/writer/stored_images.h"

namespace tblog::internal {

// Whole records, in memory that is used again.
struct Chunk {
  std::string bytes;
  // Grows from chunk to chunk of a writer, so that it tells which is older.
  uint64_t number = 0;
  // Stays where Overflow::kDropOldest makes room: what is logged once a run,
  // such as its hyperparameters.
  bool kept = false;
  // Where it is one record of images that are not compressed yet.
  std::unique_ptr<StoredImages> stored = {};
};

struct ByteQueue {
  std::vector<Chunk> chunks;
  // Indices of chunks before which a new file begins, strictly ascending; the
  // number of chunks: after the last one.
  std::vector<size_t> file_breaks;
  uint64_t bytes = 0;

  bool empty() const { return chunks.empty() && file_breaks.empty(); }

  // Whether the next chunk is the first of a new file.
  bool begins_file() const {
    return !file_breaks.empty() && file_breaks.back() == chunks.size();
  }

  // Whether chunk `i` is for the newest of the files.
  bool is_for_last_file(size_t i) const {
    return file_breaks.empty() || i >= file_breaks.back();
  }

  // The chunk that goes first where room is made; their number where none may.
  size_t oldest() const {
    size_t i = 0;
    while (i < chunks.size() && chunks[i].kept) ++i;
    return i;
  }

  // Takes chunk `i` out. Files begin where they did, but for one that would
  // have no events.
  Chunk remove(size_t i);

  // Moves the first chunks to `front`, which is empty: as many as have
  // `max_bytes` together, and at least one; all where memory is short.
  void take(uint64_t max_bytes, ByteQueue& front) noexcept;
};

// How many of the records in `chunk` do not end within its first `written`
// bytes.
uint64_t records_beyond(std::string_view chunk, uint64_t written);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_BYTE_QUEUE_H_
