// SPDX-License-Identifier: Apache-2.0
//
// Files that are read as a whole.

#ifndef TBLOG_SRC_READER_SMALL_FILE_H_
#define TBLOG_SRC_READER_SMALL_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "src/base/readable_file.h"
#include "src/base/strings.h"

namespace tblog::internal {

// Errors: those of ReadableFile::open(); ResourceExhausted for more than
// `max_bytes`; else what the system said.
inline absl::StatusOr<std::string> read_small_file(const std::string& path,
                                                   uint64_t max_bytes) {
  absl::StatusOr<ReadableFile> file = ReadableFile::open(path);
  if (!file.ok()) return file.status();
  absl::StatusOr<uint64_t> size = file->size();
  if (!size.ok()) return size.status();
  if (*size > max_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat(
        escaped(path, 4096), " has ", *size, " bytes, more than ", max_bytes));
  }
  std::string content(static_cast<size_t>(*size), '\0');
  absl::StatusOr<size_t> got = file->read_at(0, content.data(), content.size());
  if (!got.ok()) return got.status();
  content.resize(*got);
  return content;
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_SMALL_FILE_H_
