// SPDX-License-Identifier: Apache-2.0
//
// What tblog::NpzWriter is made of, and a file of many tensors at once. ZIP64
// where sizes need it.
// Sources: PKWARE's APPNOTE 6.3.9; numpy's "NPY format", version 1.0.

#ifndef TBLOG_SRC_HOOK_NPZ_H_
#define TBLOG_SRC_HOOK_NPZ_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tblog/file_system.h"
#include "tblog/npz.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

struct NpzMember {
  std::string name;
  TensorView values;  // on the CPU; bfloat16 is written as float32
};

// What a member is called in the archive, before ".npy": no absolute path, no
// "..", no backslash, colon or control character; these become '_'.
std::string safe_member_name(std::string_view name);

// Makes the file `path`. Members whose safe names are equal get "~2", "~3", ….
//
// Errors: InvalidArgument (a view that cannot be read; nothing is made then),
// else what the file system says; the file is then incomplete.
absl::Status write_npz(FileSystem& file_system, const std::string& path,
                       const std::vector<NpzMember>& members);

// The same into an open file, with the size in bytes from which on ZIP64 is
// used, so that a test needs no 4 GiB.
constexpr uint64_t kZip64From = 0xffffffffu;
absl::Status write_npz(WritableFile& file,
                       const std::vector<NpzMember>& members,
                       uint64_t zip64_from);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_NPZ_H_
