// SPDX-License-Identifier: Apache-2.0
//
// Series as arrays: what `export --format npz` writes.

#ifndef TBLOG_TOOLS_TBLOG_EXPORT_NPZ_H_
#define TBLOG_TOOLS_TBLOG_EXPORT_NPZ_H_

#include <string>
#include <vector>

#include "tblog/log_reader.h"
#include "tools/tblog/npz.h"

namespace tblog::tool {

// Whether values of that kind are numbers that an array can hold.
bool is_array_kind(ValueKind kind);

// The arrays NAME/step [n] (int64), NAME/wall_time [n] (float64) and, n values
// being one array where they are of one shape and type, else one each:
//
//   scalar     NAME/value [n] (float64)
//   histogram  NAME/value [n, buckets, 3] (float64): left, right, count
//   pr_curve   NAME/value [n, 7, thresholds] (float64): threshold, true and
//              false positives, true and false negatives, precision, recall
//   tensor     NAME/value [n, …], of its own type; bfloat16 and 8-bit floats as
//              float32
//   else       NAME/value/000000, … of one value each
//
// Returns false, having written nothing, for a series of strings. Throws
// UnreadableValue and Failure.
bool write_arrays(NpzWriter& npz, const std::string& name, const Series& series,
                  const std::vector<size_t>& indices);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_EXPORT_NPZ_H_
