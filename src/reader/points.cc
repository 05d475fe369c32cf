// SPDX-License-Identifier: Apache-2.0

#include "src/reader/points.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace tblog::internal {
namespace {

// Many tags have no more.
constexpr size_t kLeastCapacity = 2;

}  // namespace

void Points::grow(size_t least) {
  const size_t capacity =
      std::max({least, 2 * this->capacity(), kLeastCapacity});
  const size_t third_bytes = has_places_ ? sizeof(Place) : sizeof(double);
  char* const block = static_cast<char*>(
      ::operator new(sizeof(Header) + capacity * (8 + 8 + third_bytes)));
  const Header header{capacity};
  std::memcpy(block, &header, sizeof header);
  if (size_ > 0) {
    char* const to = block + sizeof header;
    std::memcpy(to, column<char>(0), 8 * size_t{size_});
    std::memcpy(to + 8 * capacity, column<char>(1), 8 * size_t{size_});
    std::memcpy(to + 16 * capacity, column<char>(2), third_bytes * size_);
  }
  free_block();
  block_ = block;
}

void Points::append(const Points& more, uint32_t first_file) {
  const size_t count = std::min(more.size(), kMaxSize - size_);
  if (count == 0) return;
  if (size_ == 0 && has_places_ != more.has_places_) free_block();
  if (size_ == 0) has_places_ = more.has_places_;
  if (size_ + count > capacity()) grow(size_ + count);
  const auto copy = [&](auto* to, const auto& from) {
    std::copy_n(from.begin(), count, to + size_);
  };
  copy(column<int64_t>(0), more.steps());
  copy(column<double>(1), more.wall_times());
  if (has_places_) {
    copy(column<Place>(2), more.places());
    for (size_t i = 0; i < count; ++i)
      column<Place>(2)[size_ + i].file += first_file;
  } else {
    copy(column<double>(2), more.numbers());
  }
  size_ += static_cast<uint32_t>(count);
}

void Points::keep(size_t from, size_t to) {
  const auto move = [&](auto* column) { column[to] = column[from]; };
  move(column<int64_t>(0));
  move(column<double>(1));
  if (has_places_)
    move(column<Place>(2));
  else
    move(column<double>(2));
}

void Points::free_block() { ::operator delete(std::exchange(block_, nullptr)); }

void Points::swap(Points& other) noexcept {
  std::swap(block_, other.block_);
  std::swap(size_, other.size_);
  std::swap(has_places_, other.has_places_);
}

}  // namespace tblog::internal
