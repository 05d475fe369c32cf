// SPDX-License-Identifier: Apache-2.0
//
// NpzWriter: tensors as an .npz file, which numpy.load() reads: a ZIP archive
// of one .npy file a tensor, without compression, of any size. One thread.
//
//   tblog::NpzWriter npz(file);              // of a FileSystem, or your own
//   status = npz.add("fc1/weights", weights);
//   status = npz.finish();                   // then file.close()

#ifndef TBLOG_NPZ_H_
#define TBLOG_NPZ_H_

#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "tblog/export.h"
#include "tblog/file_system.h"
#include "tblog/tensor_view.h"

namespace tblog {

namespace internal {
class NpzArchive;
}  // namespace internal

class TBLOG_EXPORT NpzWriter {
 public:
  // `file` is empty, and stays as long as this object.
  explicit NpzWriter(WritableFile& file);
  ~NpzWriter();
  NpzWriter(NpzWriter&& other) noexcept;
  NpzWriter& operator=(NpzWriter&& other) noexcept;

  // Appends `values`, which are on the CPU, under a name made safe: no absolute
  // path, no "..", no backslash, colon or control character, which become '_';
  // one that is taken already gets "~2", "~3", …. bfloat16 is written as
  // float32.
  //
  // Cost: a copy of the values while it writes.
  // Errors: InvalidArgument (a view that cannot be read, a type that numpy does
  // not have: 8-bit floats; nothing is written then), else what the file says;
  // the file is then incomplete.
  absl::Status add(std::string_view name, const TensorView& values);

  // Writes what stands at the archive's end. The file stays open.
  absl::Status finish();

 private:
  std::unique_ptr<internal::NpzArchive> archive_;
};

}  // namespace tblog

#endif  // TBLOG_NPZ_H_
