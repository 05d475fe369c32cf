// SPDX-License-Identifier: Apache-2.0
//
// Series as arrays: what `export --format npz` writes.

#ifndef TBLOG_TOOLS_TBLOG_EXPORT_NPZ_H_
#define TBLOG_TOOLS_TBLOG_EXPORT_NPZ_H_

#include <string>
#include <vector>

#include "tblog/log_reader.h"
#include "tblog/npz.h"
#include "tools/tblog/output_file.h"

namespace tblog::tool {

// Whether values of that kind are numbers that an array can hold.
bool is_array_kind(ValueKind kind);

// An .npz file that an OutputFile becomes. One thread. All throw Failure.
class NpzFile {
 public:
  // `file` as long as this object.
  explicit NpzFile(OutputFile& file) : file_(file) {}

  void add(const std::string& name, DType dtype,
           const std::vector<int64_t>& shape, const void* elements);
  void finish();

 private:
  // An OutputFile as the writer wants it. It fails by throwing.
  class File : public WritableFile {
   public:
    explicit File(OutputFile& file) : file_(file) {}
    absl::Status append(std::string_view bytes, size_t* written) override;
    absl::Status sync() override { return absl::OkStatus(); }
    absl::Status close() override { return absl::OkStatus(); }

   private:
    OutputFile& file_;
  };

  File file_;
  NpzWriter npz_{file_};
};

// The arrays NAME/step [n] (int64), NAME/wall_time [n] (float64) and, n values
// being one array where they are of one shape (of 7 dimensions at most) and
// type, else one each:
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
bool write_arrays(NpzFile& npz, const std::string& name, const Series& series,
                  const std::vector<size_t>& indices);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_EXPORT_NPZ_H_
