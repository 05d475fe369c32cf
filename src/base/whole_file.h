// SPDX-License-Identifier: Apache-2.0
//
// A new file that appears under its name whole, or not at all.

#ifndef TBLOG_SRC_BASE_WHOLE_FILE_H_
#define TBLOG_SRC_BASE_WHOLE_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tblog::internal {

class WholeFile {
 public:
  // Begins a file in the directory of `path`, under a name without "tfevents".
  // Errors: AlreadyExists where `path` is taken and `replace` is false; else
  // what the system says.
  static absl::StatusOr<WholeFile> create(const std::string& path,
                                          bool replace);

  WholeFile(WholeFile&& other) noexcept;
  WholeFile& operator=(WholeFile&& other) noexcept;
  // Removes what was not put in its place.
  ~WholeFile();

  absl::Status append(std::string_view bytes);
  // Puts the bytes onto the disk and gives the file its name. Errors:
  // AlreadyExists where another one took it meanwhile.
  absl::Status put_in_place();

  const std::string& path() const { return path_; }

 private:
  WholeFile(int fd, std::string path, std::string scratch, bool replace);

  int fd_;
  std::string path_;
  std::string scratch_;  // its name until then; empty: in its place
  bool replace_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_BASE_WHOLE_FILE_H_
