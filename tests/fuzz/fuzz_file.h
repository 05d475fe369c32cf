// SPDX-License-Identifier: Apache-2.0
//
// What all fuzz targets need: their input as a file, and promises that hold for
// any input.

#ifndef TBLOG_TESTS_FUZZ_FUZZ_FILE_H_
#define TBLOG_TESTS_FUZZ_FUZZ_FILE_H_

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace tblog::fuzz {

// Ends the process where `holds` is false, which libFuzzer then reports.
inline void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: %s\n", what);
  std::abort();
}

// A regular file that is in memory alone.
class FuzzFile {
 public:
  explicit FuzzFile(std::string_view bytes)
      : fd_(memfd_create("fuzz", MFD_CLOEXEC)) {
    check(fd_ >= 0, "memfd_create");
    check(write(fd_, bytes.data(), bytes.size()) ==
              static_cast<ssize_t>(bytes.size()),
          "write");
  }
  FuzzFile(const FuzzFile&) = delete;
  FuzzFile& operator=(const FuzzFile&) = delete;
  ~FuzzFile() { close(fd_); }

  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

inline std::string_view view(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace tblog::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

#endif  // TBLOG_TESTS_FUZZ_FUZZ_FILE_H_
