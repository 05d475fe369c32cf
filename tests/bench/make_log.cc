// SPDX-License-Identifier: Apache-2.0
//
// Makes large logs for measurements of reading: tests/bench/large_logs.py.
//
//   tblog_make_log KIND BYTES FILE        one file of about that many bytes
//   tblog_make_log runs N DIRECTORY       N runs of 3 tags with 100 scalars
//   tblog_make_log tags N FILE            N tags with 2 scalars each
//   tblog_make_log checksum FILE          only reads it: the CRC-32C of all its
//                                         bytes, as the bound of all readers
//
// KIND: scalars (10 tags), histograms (30 buckets, 100 tags), images (100 kB,
// which are noise behind the header of a PNG), mixed (by bytes: 80% images, 15%
// histograms, 5% scalars).

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

#include "src/base/crc32c.h"
#include "src/record/framing.h"
#include "tests/bench/log_bytes.h"

namespace {

using tblog::bench::append_number;
using tblog::bench::event_payload;
using tblog::bench::metadata;
using tblog::internal::wire::put_bytes_always;

// Appends events to a file.
class Log {
 public:
  explicit Log(const std::string& path) : file_(path, std::ios::binary) {
    std::string payload("\x09\0\0\0\0\0\0\xf0\x40", 9);
    put_bytes_always(payload, 3, "brain.Event:2");
    add(payload);
  }
  ~Log() { flush(); }

  // `plugin`: of the first value of a tag; else empty.
  void add_value(int64_t step, std::string_view tag, std::string_view tensor,
                 std::string_view plugin) {
    std::string value;
    put_bytes_always(value, 1, tag);
    put_bytes_always(value, 8, tensor);
    if (!plugin.empty()) put_bytes_always(value, 9, metadata(plugin));
    add(event_payload(step, value));
  }

  void add_scalar(int64_t step, std::string_view tag, float number) {
    std::string tensor("\x08\x01\x2a\x04", 4);
    append_number(tensor, number);
    add_value(step, tag, tensor, step == 0 ? "scalars" : "");
  }

  uint64_t bytes() const { return bytes_; }
  bool good() const { return file_.good(); }

 private:
  void add(const std::string& payload) {
    const size_t before = buffer_.size();
    tblog::internal::append_record(buffer_, payload);
    bytes_ += buffer_.size() - before;
    if (buffer_.size() > size_t{1} << 20) flush();
  }
  void flush() {
    file_ << buffer_;
    buffer_.clear();
  }

  std::ofstream file_;
  std::string buffer_;
  uint64_t bytes_ = 0;
};

uint64_t random_number() {
  static uint64_t state = 88172645463325252u;
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}

const std::string& image_tensor() {
  static std::string tensor = [] {
    std::string image = "\x89PNG\r\n\x1a\n";
    while (image.size() < 100'000) append_number(image, random_number());
    std::string made("\x08\x07\x12\x04\x12\x02\x08\x03", 8);
    put_bytes_always(made, 8, "256");
    put_bytes_always(made, 8, "256");
    put_bytes_always(made, 8, image);
    return made;
  }();
  // Not always the same bytes.
  const uint64_t number = random_number();
  std::memcpy(tensor.data() + 1000 + number % 90'000, &number, 8);
  return tensor;
}

std::string histogram_tensor() {
  std::string content;
  for (int i = 0; i < 30; ++i) {
    append_number(content, static_cast<double>(i));
    append_number(content, static_cast<double>(i + 1));
    append_number(content, static_cast<double>(random_number() % 1000));
  }
  std::string tensor("\x08\x02\x12\x08\x12\x02\x08\x1e\x12\x02\x08\x03", 12);
  put_bytes_always(tensor, 4, content);
  return tensor;
}

std::string tag_of(std::string_view kind, int64_t i) {
  return std::string(kind) + "/layer" + std::to_string(i);
}

void add_scalars(Log& log, int64_t step) {
  for (int64_t i = 0; i < 10; ++i)
    log.add_scalar(step, tag_of("scalars", i), static_cast<float>(step));
}

void add_histograms(Log& log, int64_t step) {
  for (int64_t i = 0; i < 100; ++i)
    log.add_value(step, tag_of("histograms", i), histogram_tensor(),
                  step == 0 ? "histograms" : "");
}

void add_images(Log& log, int64_t step) {
  for (int64_t i = 0; i < 4; ++i)
    log.add_value(step, tag_of("images", i), image_tensor(),
                  step == 0 ? "images" : "");
}

bool make_file(std::string_view kind, uint64_t bytes, const std::string& path) {
  Log log(path);
  for (int64_t step = 0; log.bytes() < bytes && log.good(); ++step) {
    if (kind == "scalars") add_scalars(log, step);
    if (kind == "histograms") add_histograms(log, step);
    if (kind == "images") add_images(log, step);
    if (kind != "mixed") continue;
    add_images(log, step);
    add_histograms(log, step);
    for (int i = 0; i < 40; ++i) add_scalars(log, step * 40 + i);
  }
  return log.good();
}

bool make_runs(uint64_t runs, const std::string& directory) {
  for (uint64_t run = 0; run < runs; ++run) {
    const std::string path = directory + "/run" + std::to_string(run);
    std::filesystem::create_directories(path);
    Log log(path + "/events.out.tfevents.1700000000.host.1");
    for (int64_t step = 0; step < 100; ++step) {
      for (const char* tag : {"loss/train", "loss/test", "accuracy"})
        log.add_scalar(step, tag, static_cast<float>(step));
    }
    if (!log.good()) return false;
  }
  return true;
}

bool make_tags(int64_t tags, const std::string& path) {
  Log log(path);
  for (int64_t step = 0; step < 2; ++step) {
    for (int64_t i = 0; i < tags; ++i)
      log.add_scalar(step, tag_of("a/tag", i), static_cast<float>(i));
  }
  return log.good();
}

bool print_checksum(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(size_t{256} << 10, '\0');
  uint32_t crc = 0;
  while (file.good()) {
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const auto got = static_cast<size_t>(file.gcount());
    crc = tblog::internal::crc32c({bytes.data(), got}, crc);
  }
  std::cout << crc << '\n';
  return file.eof();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "checksum")
    return print_checksum(argv[2]) ? 0 : 1;
  if (argc != 4) {
    std::cerr << "tblog_make_log KIND BYTES PATH; see the source\n";
    return 2;
  }
  const std::string_view kind = argv[1];
  const uint64_t number = std::strtoull(argv[2], nullptr, 10);
  const bool good = kind == "runs" ? make_runs(number, argv[3])
                    : kind == "tags"
                        ? make_tags(static_cast<int64_t>(number), argv[3])
                        : make_file(kind, number, argv[3]);
  if (!good) std::cerr << "tblog_make_log: cannot write " << argv[3] << '\n';
  return good ? 0 : 1;
}
