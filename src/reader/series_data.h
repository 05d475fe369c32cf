// SPDX-License-Identifier: Apache-2.0
//
// What stands behind a Series: its columns, and what it has in common with
// others of its run. There may be a million: each byte counts.

#ifndef TBLOG_SRC_READER_SERIES_DATA_H_
#define TBLOG_SRC_READER_SERIES_DATA_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/reader/points.h"
#include "src/reader/ref.h"
#include "tblog/event_reader.h"

namespace tblog::internal {

using Paths = std::vector<std::string>;

// What is the same in many series of a run, mostly in all of a kind.
struct SeriesCommon {
  mutable RefCount refs;
  SeriesMetadata metadata;
  std::string encoded;  // the same, of the value that gave it; or empty
  std::shared_ptr<const Paths> paths;  // of the run's files
};

struct SeriesData {
  std::string tag;
  Ref<const SeriesCommon> common;  // never null
  Points points;                   // numbers of kScalar, places of the others
  // Of all values, those that were thinned out included. The value i of them is
  // kept where it is a multiple of 2^stride_log2, or the last one.
  uint64_t count = 0;
  mutable RefCount refs;
  ValueKind kind = ValueKind::kTensor;
  uint8_t stride_log2 = 0;

  const SeriesMetadata& metadata() const { return common->metadata; }

  // Makes room for one more value, of at most `max_points`; 0: of any number.
  void before_next(uint64_t max_points);
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_SERIES_DATA_H_
