// SPDX-License-Identifier: Apache-2.0
//
// Source: PNG (third edition), 5 and 11.2. Measured against libpng 1.6.39 and
// zlib, at the levels 1 to 6, by tests/bench/image_bench.cc.

#include "src/image/png_writer.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "src/image/checksums.h"
#include "src/image/deflate.h"
#include "src/image/png_filter.h"

namespace tblog::internal {
namespace {

// What is filtered and compressed at a time, at least a row. Larger: fewer
// headers, and codes that suit less.
constexpr size_t kStripBytes = size_t{64} << 10;

constexpr size_t kChunkHeaderBytes = 8;

void put_be32(std::string& out, uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(v >> shift));
}

// A chunk that is written in place.
class OpenChunk {
 public:
  OpenChunk(std::string& out, std::string_view type)
      : out_(out), begin_(out.size()) {
    put_be32(out_, 0);
    out_ += type;
  }
  void close() {
    const size_t payload = out_.size() - begin_ - kChunkHeaderBytes;
    std::string length;
    put_be32(length, static_cast<uint32_t>(payload));
    out_.replace(begin_, length.size(), length);
    put_be32(out_, png_crc(std::string_view(out_).substr(begin_ + 4)));
  }

 private:
  std::string& out_;
  const size_t begin_;
};

// Some rows of an image, filtered and ready to be compressed.
class Strip {
 public:
  explicit Strip(const PngShape& shape)
      : row_bytes_(shape.row_bytes()),
        pixel_bytes_(static_cast<size_t>(shape.channels)),
        filtered_row_bytes_(row_bytes_ + 1),
        pitch_(row_bytes_ + PngFilter::kMargin),
        max_rows_(std::clamp<size_t>(kStripBytes / filtered_row_bytes_, 1,
                                     shape.height)),
        pixels_((max_rows_ + 1) * pitch_),
        filtered_(Deflater::kWindowBytes + max_rows_ * filtered_row_bytes_),
        filter_(row_bytes_, pixel_bytes_) {}

  uint8_t* next_row() { return row(++rows_); }
  bool full() const { return rows_ == max_rows_; }

  void compress(Deflater& deflater) {
    const bool drawing = is_drawing();
    for (size_t i = 1; i <= rows_; ++i) {
      uint8_t* const out = filtered() + (i - 1) * filtered_row_bytes_;
      if (drawing) {
        filter_.filter_drawing(row(i), row(i - 1), out);
      } else {
        filter_.filter(row(i), row(i - 1), out);
      }
    }
    const size_t bytes = rows_ * filtered_row_bytes_;
    deflater.add(filtered(), bytes,
                 drawing ? Deflater::Effort::kAll : Deflater::Effort::kLong);
    std::memmove(filtered_.data(), filtered_.data() + bytes,
                 Deflater::kWindowBytes);
    std::memcpy(row(0), row(rows_), row_bytes_);
    rows_ = 0;
  }

 private:
  // Row 0 is that above the strip.
  uint8_t* row(size_t i) {
    return pixels_.data() + i * pitch_ + PngFilter::kMargin;
  }
  uint8_t* filtered() { return filtered_.data() + Deflater::kWindowBytes; }

  // Whether most pixels are as the ones before.
  bool is_drawing() {
    size_t breaks = 0;
    for (size_t i = 1; i <= rows_; ++i)
      breaks += count_breaks(row(i), row_bytes_, pixel_bytes_);
    return 2 * breaks < rows_ * row_bytes_;
  }

  const size_t row_bytes_;
  const size_t pixel_bytes_;
  const size_t filtered_row_bytes_;  // with the number of its filter
  const size_t pitch_;
  const size_t max_rows_;
  size_t rows_ = 0;
  std::vector<uint8_t> pixels_;
  std::vector<uint8_t> filtered_;  // what came before, then the strip
  PngFilter filter_;
};

}  // namespace

std::string_view png_signature() { return {"\x89PNG\r\n\x1a\n", 8}; }

void put_png_chunk(std::string& out, std::string_view type,
                   std::string_view payload) {
  OpenChunk chunk(out, type);
  out += payload;
  chunk.close();
}

void put_png_start(std::string& out, const PngShape& shape) {
  constexpr char kColorTypes[] = {0, 4, 2, 6};
  out += png_signature();
  OpenChunk header(out, "IHDR");
  put_be32(out, shape.width);
  put_be32(out, shape.height);
  out.push_back(8);  // bits a channel
  out.push_back(kColorTypes[shape.channels - 1]);
  out.append(3, 0);  // the usual compression and filters; not interlaced
  header.close();
}

void put_png_end(std::string& out) { put_png_chunk(out, "IEND", {}); }

std::string write_png(const PngShape& shape, const FillRow& fill_row) {
  std::string out;
  put_png_start(out, shape);
  OpenChunk data(out, "IDAT");
  Deflater deflater(out, shape.row_bytes() + 1);
  Strip strip(shape);
  for (uint32_t y = 0; y < shape.height; ++y) {
    fill_row(y, strip.next_row());
    if (strip.full() || y + 1 == shape.height) strip.compress(deflater);
  }
  deflater.finish();
  data.close();
  put_png_end(out);
  return out;
}

PngShape shape_of(const Canvas& canvas) {
  return {static_cast<uint32_t>(canvas.width),
          static_cast<uint32_t>(canvas.height), canvas.channels};
}

FillRow rows_of(const Canvas& canvas) {
  const size_t row_bytes = shape_of(canvas).row_bytes();
  return [&canvas, row_bytes](uint32_t y, uint8_t* row) {
    std::memcpy(row, canvas.pixels.data() + y * row_bytes, row_bytes);
  };
}

std::string write_png(const Canvas& canvas) {
  return write_png(shape_of(canvas), rows_of(canvas));
}

}  // namespace tblog::internal
