// SPDX-License-Identifier: Apache-2.0

#include "digits/data.h"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace digits {
namespace {

constexpr Index kPixels = kImageSize * kImageSize;
constexpr int kMaxPixel = 16;
constexpr int kMaxLabel = 9;

std::string read_gzip(const std::string& path) {
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"),
                                                  gzclose);
  if (file == nullptr) throw std::runtime_error("cannot open " + path);
  std::string text;
  char buffer[1 << 16];
  int count = 0;
  while ((count = gzread(file.get(), buffer, sizeof(buffer))) > 0) {
    text.append(buffer, static_cast<size_t>(count));
  }
  int error = Z_OK;
  const char* message = gzerror(file.get(), &error);
  if (count < 0 || error != Z_OK) {
    throw std::runtime_error("cannot unpack " + path + ": " + message);
  }
  return text;
}

// Takes the number before the next comma off `line`; -1 where there is none in
// [0, max].
int take_number(std::string_view& line, int max) {
  int value = -1;
  const char* end = line.data() + line.size();
  const auto [rest, error] = std::from_chars(line.data(), end, value);
  if (error != std::errc() || (rest != end && *rest != ',')) return -1;
  line.remove_prefix(
      static_cast<size_t>(rest - line.data() + (rest != end ? 1 : 0)));
  return value <= max ? value : -1;
}

bool parse_line(std::string_view line, float* pixels, int& label) {
  for (Index i = 0; i < kPixels; ++i) {
    const int pixel = take_number(line, kMaxPixel);
    if (pixel < 0) return false;
    pixels[i] = static_cast<float>(pixel) / kMaxPixel;
  }
  label = take_number(line, kMaxLabel);
  return label >= 0 && line.empty();
}

}  // namespace

Dataset read_digits(const std::string& path) {
  const std::string text = read_gzip(path);
  const Index count = std::count(text.begin(), text.end(), '\n');
  if (count == 0) throw std::runtime_error(path + " holds no digits");
  Dataset all{Tensor({count, 1, kImageSize, kImageSize}),
              std::vector<int>(static_cast<size_t>(count))};
  std::string_view rest = text;
  for (Index n = 0; n < count; ++n) {
    const size_t end = rest.find('\n');
    if (!parse_line(rest.substr(0, end), all.images.data() + n * kPixels,
                    all.labels[static_cast<size_t>(n)])) {
      throw std::runtime_error(path + ":" + std::to_string(n + 1) +
                               ": not 64 pixels from 0 to 16 and a digit");
    }
    rest.remove_prefix(end + 1);
  }
  return all;
}

Split split(const Dataset& all, Index test_count) {
  std::vector<Index> indices(static_cast<size_t>(all.size()));
  std::iota(indices.begin(), indices.end(), Index{0});
  const std::span<const Index> order(indices);
  const auto train_count = static_cast<size_t>(all.size() - test_count);
  return {select(all, order.first(train_count)),
          select(all, order.subspan(train_count))};
}

Dataset select(const Dataset& all, std::span<const Index> indices) {
  Dataset some{
      Tensor({static_cast<Index>(indices.size()), 1, kImageSize, kImageSize}),
      {}};
  float* out = some.images.data();
  for (const Index i : indices) {
    out = std::copy_n(all.images.data() + i * kPixels, kPixels, out);
    some.labels.push_back(all.labels[static_cast<size_t>(i)]);
  }
  return some;
}

namespace {

// -1 or 1 in a sixth of the cases each, else 0.
Index draw_shift(Random& random) {
  constexpr Index kShifts[] = {-1, 0, 0, 0, 0, 1};
  return kShifts[random.below(std::size(kShifts))];
}

}  // namespace

void jitter(Tensor& images, Random& random) {
  Tensor moved(images.shape());
  const Tensor& source = images;
  for (Index n = 0; n < images.dim(0); ++n) {
    const Index size = kImageSize, first = n * kPixels;
    const Index dy = draw_shift(random), dx = draw_shift(random);
    const Index rows = size - std::abs(dy), columns = size - std::abs(dx);
    const Index from =
        first + std::max<Index>(0, -dy) * size + std::max<Index>(0, -dx);
    const Index to =
        first + std::max<Index>(0, dy) * size + std::max<Index>(0, dx);
    for (Index y = 0; y < rows; ++y) {
      std::copy_n(source.data() + from + y * size, columns,
                  moved.data() + to + y * size);
    }
  }
  images = std::move(moved);
}

}  // namespace digits
