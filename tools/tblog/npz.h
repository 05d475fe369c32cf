// SPDX-License-Identifier: Apache-2.0
//
// Arrays as a .npz file, which numpy.load() reads (numpy's "NPY format",
// version 1.0, in a ZIP archive that is not compressed; ZIP64, so of any size).

#ifndef TBLOG_TOOLS_TBLOG_NPZ_H_
#define TBLOG_TOOLS_TBLOG_NPZ_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tblog/dtype.h"
#include "tools/tblog/output_file.h"

namespace tblog::tool {

// The name of an array made of names that may hold anything: '/' stands between
// components, none of them is "." or "..", and what a file system or a terminal
// could take amiss stands as "%xx".
std::string safe_array_name(std::string_view name);

// One thread. All throw Failure.
class NpzWriter {
 public:
  // `file` as long as this object.
  explicit NpzWriter(OutputFile& file) : file_(file) {}

  // Begins an array of that type and shape; append() then gives its elements,
  // row-major, in the host's byte order, all in all as many as the shape says.
  // bfloat16 and the 8-bit floats, which numpy does not have, are none of its
  // types. `name` is made safe, and numbered where it is there already.
  void begin(std::string_view name, DType dtype,
             const std::vector<int64_t>& shape);
  void append(const void* elements, size_t bytes);

  template <class T>
  void add(std::string_view name, DType dtype,
           const std::vector<int64_t>& shape, const std::vector<T>& elements) {
    begin(name, dtype, shape);
    append(elements.data(), elements.size() * sizeof(T));
  }

  // Ends the archive. The file is still to be committed.
  void finish();

  static bool has_type(DType dtype);

 private:
  struct Member {
    std::string name;
    uint64_t offset = 0;  // of its local header
    uint64_t bytes = 0;
    uint32_t crc = 0;
  };

  void end_member();

  OutputFile& file_;
  std::set<std::string> names_;
  std::vector<Member> members_;
  bool open_ = false;
};

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_NPZ_H_
