// SPDX-License-Identifier: Apache-2.0
//
// What stands behind a Series: its columns, and where in the files the values
// are that are not kept.

#ifndef TBLOG_SRC_READER_SERIES_DATA_H_
#define TBLOG_SRC_READER_SERIES_DATA_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "src/base/readable_file.h"
#include "tblog/event_reader.h"

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

using Paths = std::vector<std::string>;

struct SeriesData {
  std::string tag;
  ValueKind kind = ValueKind::kTensor;
  SeriesMetadata metadata;
  std::vector<int64_t> steps;
  std::vector<double> wall_times;
  std::vector<double> values;  // of kScalar
  std::vector<Place> places;   // of the other kinds
  std::shared_ptr<const Paths> paths;
  // Of all values, those that were thinned out included. The value i of them is
  // kept where it is a multiple of `stride`, or the last one.
  uint64_t count = 0;
  uint64_t stride = 1;

  // Makes room for one more value, of at most `max_points`; 0: of any number.
  void before_next(uint64_t max_points);

  // The value at `from` goes to `to`, where another one was.
  void keep(size_t from, size_t to);
  // Leaves out all values from there on.
  void resize(size_t size);
};

// The bytes at `place` of `file`. Errors: DataLoss where they are not those of
// open() any more; else what the system said.
absl::StatusOr<std::string> read_place(const ReadableFile& file,
                                       const Place& place);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_SERIES_DATA_H_
