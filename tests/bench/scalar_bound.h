// SPDX-License-Identifier: Apache-2.0
//
// What each scalar needs, by hand: the clock, the encoding, the checksums, a
// lock, and a place for the bytes. For the tag "loss/train" and steps of three
// bytes as varints.

#ifndef TBLOG_TESTS_BENCH_SCALAR_BOUND_H_
#define TBLOG_TESTS_BENCH_SCALAR_BOUND_H_

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "src/base/crc32c.h"
#include "src/base/endian.h"

namespace tblog::bench {

// The first step of three bytes; it takes two million until there are four.
constexpr int64_t kFirstStep = 1 << 14;
constexpr int64_t kStepMask = (1 << 20) - 1;

// Steps that grow for as long as a benchmark may run are longer than three
// bytes in ours; the bound goes around.
inline int64_t bound_step(int64_t step) {
  return kFirstStep + (step & kStepMask);
}

class ScalarBound {
 public:
  static constexpr size_t kBufferBytes = 256 << 10;

  // Into memory that is used again and again.
  ScalarBound() : buffer_(kBufferBytes) {}
  // Into `path`, once the memory is full.
  explicit ScalarBound(const std::string& path) : ScalarBound() {
    fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  }
  ~ScalarBound() {
    if (fd_ >= 0) ::close(fd_);
  }
  ScalarBound(const ScalarBound&) = delete;
  ScalarBound& operator=(const ScalarBound&) = delete;

  void log(double value, int64_t step) {
    char record[kBytes];
    encode(record, value, step);
    std::lock_guard<std::mutex> lock(mutex_);
    if (used_ + kBytes > buffer_.size()) empty();
    std::memcpy(buffer_.data() + used_, record, kBytes);
    used_ += kBytes;
    benchmark::ClobberMemory();
  }

  // Each into the file before it returns.
  void log_through(double value, int64_t step) {
    char record[kBytes];
    encode(record, value, step);
    std::lock_guard<std::mutex> lock(mutex_);
    if (::write(fd_, record, kBytes) != kBytes) std::abort();
  }

 private:
  // Event.summary, Summary.value, tag, tensor up to the number.
  static constexpr char kHead[] =
      "\x2a\x18\x0a\x16\x0a\x0aloss/train\x42\x08\x08\x01\x2a\x04";
  static constexpr size_t kPayload = 9 + 4 + (sizeof kHead - 1) + 4;
  static constexpr size_t kBytes = 12 + kPayload + 4;

  static void encode(char (&record)[kBytes], double value, int64_t step) {
    using internal::store_le32;
    using internal::store_le64;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const double wall_time =
        static_cast<double>(
            std::chrono::duration_cast<std::chrono::microseconds>(now)
                .count()) *
        1e-6;
    store_le64(record, kPayload);
    store_le32(record + 8, internal::mask_crc(internal::crc32c({record, 8})));
    char* p = record + 12;
    *p++ = 0x09;
    store_le64(p, std::bit_cast<uint64_t>(wall_time));
    p += 8;
    *p++ = 0x10;
    *p++ = static_cast<char>(step | 0x80);
    *p++ = static_cast<char>((step >> 7) | 0x80);
    *p++ = static_cast<char>(step >> 14);
    std::memcpy(p, kHead, sizeof kHead - 1);
    p += sizeof kHead - 1;
    store_le32(p, std::bit_cast<uint32_t>(static_cast<float>(value)));
    p += 4;
    store_le32(p,
               internal::mask_crc(internal::crc32c({record + 12, kPayload})));
  }

  void empty() {
    if (fd_ >= 0 &&
        ::write(fd_, buffer_.data(), used_) != static_cast<ssize_t>(used_))
      std::abort();
    used_ = 0;
  }

  std::mutex mutex_;
  std::vector<char> buffer_;
  size_t used_ = 0;
  int fd_ = -1;
};

}  // namespace tblog::bench

#endif  // TBLOG_TESTS_BENCH_SCALAR_BOUND_H_
