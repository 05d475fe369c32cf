// SPDX-License-Identifier: Apache-2.0
//
// TextStore: texts that stay, one behind the other in few pieces of memory. One
// thread at a time.

#ifndef TBLOG_SRC_WRITER_TEXT_STORE_H_
#define TBLOG_SRC_WRITER_TEXT_STORE_H_

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace tblog::internal {

class TextStore {
 public:
  // A copy of `text` that lives as long as this. As before where memory is
  // short.
  std::string_view add(std::string_view text) {
    if (text.empty()) return {};
    char* const place = room_for(text.size());
    std::memcpy(place, text.data(), text.size());
    return {place, text.size()};
  }

 private:
  static constexpr size_t kFirstPiece = size_t{1} << 10;
  static constexpr size_t kLargestPiece = size_t{64} << 10;

  char* room_for(size_t bytes) {
    if (bytes > free_) {
      // What is large has a piece of its own, and the present one goes on.
      if (bytes > kLargestPiece / 8) return new_piece(bytes);
      const size_t size = std::max(bytes, next_piece_);
      free_begin_ = new_piece(size);
      free_ = size;
      next_piece_ = std::min(2 * next_piece_, kLargestPiece);
    }
    char* const place = free_begin_;
    free_begin_ += bytes;
    free_ -= bytes;
    return place;
  }

  char* new_piece(size_t bytes) {
    std::unique_ptr<char[]> piece(new char[bytes]);
    pieces_.push_back(std::move(piece));
    return pieces_.back().get();
  }

  std::vector<std::unique_ptr<char[]>> pieces_;
  char* free_begin_ = nullptr;  // in a piece
  size_t free_ = 0;
  size_t next_piece_ = kFirstPiece;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_TEXT_STORE_H_
