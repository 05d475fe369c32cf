// SPDX-License-Identifier: Apache-2.0
//
// The columns of one series: steps, wall times, and numbers or places of
// values, all in one block of memory. One thread while it is changed.

#ifndef TBLOG_SRC_READER_POINTS_H_
#define TBLOG_SRC_READER_POINTS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "src/base/readable_file.h"
#include "tblog/column.h"

namespace tblog::internal {

// What the bytes at a Place are.
enum class PlaceHolds : uint8_t {
  kValue,  // a Summary.Value
  kBlob,   // one string that an event holds beside its summary
           // (a graph, run metadata), or a SessionLog
};

// An encoded value in a file.
struct Place {
  uint64_t offset = 0;
  uint32_t bytes = 0;
  uint32_t crc = 0;  // as it was when the file was opened
  uint32_t file = 0;
  uint16_t before = 0;  // bytes before it that the checksum covers, too
  PlaceHolds holds = PlaceHolds::kValue;
};

// The bytes at `place` of `file`. Errors: DataLoss where they are not those of
// open() any more; else what the system said.
absl::StatusOr<std::string> read_place(const ReadableFile& file,
                                       const Place& place);

// Either all points have a number or all have a place.
class Points {
 public:
  static constexpr size_t kMaxSize = UINT32_MAX;

  Points() = default;
  Points(const Points& other) { append(other); }
  Points(Points&& other) noexcept { swap(other); }
  Points& operator=(Points other) noexcept {
    swap(other);
    return *this;
  }
  ~Points() { free_block(); }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool is_full() const { return size_ == kMaxSize; }
  Column<int64_t> steps() const { return {column<int64_t>(0), size_}; }
  Column<double> wall_times() const { return {column<double>(1), size_}; }
  // One of both is empty.
  Column<double> numbers() const {
    return {column<double>(2), has_places_ ? 0 : size_};
  }
  Column<Place> places() const {
    return {column<Place>(2), has_places_ ? size_ : 0};
  }

  // Precondition: it is not full.
  void add(int64_t step, double wall_time, double number) {
    begin_add(step, wall_time, false);
    column<double>(2)[size_++] = number;
  }
  void add(int64_t step, double wall_time, const Place& place) {
    begin_add(step, wall_time, true);
    column<Place>(2)[size_++] = place;
  }
  // Those of `more`, which are of the same sort; `first_file` is added to the
  // files of its places. What is beyond kMaxSize is left out.
  void append(const Points& more, uint32_t first_file = 0);

  // The point at `from` goes to `to`, where another one was.
  void keep(size_t from, size_t to);
  // Leaves out all from there on.
  void resize(size_t size) { size_ = static_cast<uint32_t>(size); }

 private:
  // Stands before the columns.
  struct Header {
    uint64_t capacity;
  };

  uint64_t capacity() const {
    return block_ == nullptr ? 0 : reinterpret_cast<Header*>(block_)->capacity;
  }
  // The column number `i`; those before it have 8 bytes a point.
  template <class T>
  T* column(size_t i) const {
    if (block_ == nullptr) return nullptr;
    return reinterpret_cast<T*>(block_ + sizeof(Header) + 8 * i * capacity());
  }
  void begin_add(int64_t step, double wall_time, bool has_places) {
    if (size_ == 0 && has_places != has_places_) free_block();
    has_places_ = has_places;
    if (size_ == capacity()) grow(size_t{size_} + 1);
    column<int64_t>(0)[size_] = step;
    column<double>(1)[size_] = wall_time;
  }
  void grow(size_t least);
  void free_block();
  void swap(Points& other) noexcept;

  char* block_ = nullptr;
  uint32_t size_ = 0;
  bool has_places_ = false;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_POINTS_H_
