// SPDX-License-Identifier: Apache-2.0
//
// Source: PNG (third edition), 5 and 11.2; RFC 1951, 3.2.4.

#include "src/image/stored_png.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "src/base/endian.h"
#include "src/image/checksums.h"

namespace tblog::internal {
namespace {

constexpr size_t kHeaderAt = 16;           // in the file: the IHDR's payload
constexpr size_t kDataAt = 33;             // the IDAT's
constexpr size_t kStreamAt = kDataAt + 8;  // its payload
constexpr size_t kStreamHeaderBytes = 2;   // of zlib
constexpr size_t kBlockHeaderBytes = 5;
constexpr size_t kMaxBlock = 65'535;
constexpr size_t kChecksumBytes = 4;  // of a chunk, and of the stream
constexpr size_t kEndBytes = 12;

uint32_t load_be32(const char* p) { return __builtin_bswap32(load_le32(p)); }
void store_be32(char* p, uint32_t v) { store_le32(p, __builtin_bswap32(v)); }

size_t blocks_of(size_t bytes) { return (bytes + kMaxBlock - 1) / kMaxBlock; }

// Calls visit(data, n) for what each block holds of `bytes` bytes that
// begin at `blocks`.
template <class F>
void for_each_block(const char* blocks, size_t bytes, F&& visit) {
  while (bytes > 0) {
    const size_t n = std::min(bytes, kMaxBlock);
    visit(blocks + kBlockHeaderBytes, n);
    blocks += kBlockHeaderBytes + n;
    bytes -= n;
  }
}

// Appends bytes to stored blocks.
class StoredStream {
 public:
  StoredStream(std::string& out, size_t bytes) : out_(out), left_(bytes) {
    out_ += "\x78\x01";
  }

  void append(const uint8_t* data, size_t n) {
    while (n > 0) {
      if (room_ == 0) begin_block();
      const size_t part = std::min(n, room_);
      out_.append(reinterpret_cast<const char*>(data), part);
      data += part;
      n -= part;
      room_ -= part;
    }
  }

 private:
  void begin_block() {
    room_ = std::min(left_, kMaxBlock);
    left_ -= room_;
    const auto n = static_cast<uint32_t>(room_);
    char header[kBlockHeaderBytes];
    header[0] = left_ == 0 ? 1 : 0;
    store_le32(header + 1, n | (n ^ 0xffff) << 16);
    out_.append(header, kBlockHeaderBytes);
  }

  std::string& out_;
  size_t left_;      // for later blocks
  size_t room_ = 0;  // in this one
};

PngShape shape_of(const char* png) {
  constexpr int kChannels[] = {1, 0, 3, 0, 2, 0, 4};  // by colour type
  const char* header = png + kHeaderAt;
  return {load_be32(header), load_be32(header + 4),
          kChannels[static_cast<size_t>(header[9])]};
}

size_t filtered_bytes(const PngShape& shape) {
  return (shape.row_bytes() + 1) * shape.height;
}

size_t stream_bytes(const PngShape& shape) {
  const size_t bytes = filtered_bytes(shape);
  return kStreamHeaderBytes + blocks_of(bytes) * kBlockHeaderBytes + bytes +
         kChecksumBytes;
}

}  // namespace

size_t stored_png_bytes(const PngShape& shape) {
  return kStreamAt + stream_bytes(shape) + kChecksumBytes + kEndBytes;
}

void append_stored_png(std::string& out, const PngShape& shape,
                       const FillRow& fill_row) {
  put_png_start(out, shape);
  char length[4];
  store_be32(length, static_cast<uint32_t>(stream_bytes(shape)));
  out.append(length, sizeof length);
  out += "IDAT";
  StoredStream stream(out, filtered_bytes(shape));
  std::vector<uint8_t> row(shape.row_bytes() + 1);  // no filter
  for (uint32_t y = 0; y < shape.height; ++y) {
    fill_row(y, row.data() + 1);
    stream.append(row.data(), row.size());
  }
  out.append(2 * kChecksumBytes, '\0');
  put_png_end(out);
}

void seal_stored_png(char* png, size_t size) noexcept {
  uint32_t adler = 1;
  for_each_block(
      png + kStreamAt + kStreamHeaderBytes, filtered_bytes(shape_of(png)),
      [&](const char* data, size_t n) {
        adler =
            extend_adler32(adler, reinterpret_cast<const uint8_t*>(data), n);
      });
  char* const end = png + size - kEndBytes - 2 * kChecksumBytes;
  store_be32(end, adler);
  const char* const type = png + kDataAt + 4;
  store_be32(end + kChecksumBytes,
             png_crc({type, static_cast<size_t>(end + kChecksumBytes - type)}));
}

std::string compress_stored_png(std::string_view png) {
  const PngShape shape = shape_of(png.data());
  const char* in = png.data() + kStreamAt + kStreamHeaderBytes;
  size_t left = filtered_bytes(shape);
  size_t in_block = 0;
  const auto take = [&](uint8_t* out, size_t n) {
    while (n > 0) {
      if (in_block == 0) {
        in += kBlockHeaderBytes;
        in_block = std::min(left, kMaxBlock);
        left -= in_block;
      }
      const size_t part = std::min(n, in_block);
      std::memcpy(out, in, part);
      in += part;
      out += part;
      in_block -= part;
      n -= part;
    }
  };
  return write_png(shape, [&](uint32_t, uint8_t* row) {
    uint8_t filter;
    take(&filter, 1);
    take(row, shape.row_bytes());
  });
}

}  // namespace tblog::internal
