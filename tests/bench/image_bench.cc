// SPDX-License-Identifier: Apache-2.0
//
// Images: their PNGs, and what a call of SummaryWriter::image() costs. `bytes`
// is the size of the PNG, `raw` that of the pixels.
//
//   png/…            to a PNG; bound: libpng with one filter (Sub) and zlib's
//                    Huffman codes only, the fastest of what it can
//   libpng/…         libpng with all its filters, zlib at level 6: what Pillow
//                    does, and with it PyTorch
//   call/…           SummaryWriter::image(), what its caller waits; bound: a
//                    copy of the pixels. The one before has been written
//   call_burst/…     the same where up to 7 before it have not
//   call_float/…     as call/…, of float32 from 0 to 1, planes of channels
//   …/photo_256      smooth, with the noise of a sensor: RGB of 256 by 256
//   …/photo_1024     the same of 1024 by 1024
//   …/plot_256, plot_1024    lines, axes and words on white
//   …/noise_256      every byte by chance
//   …/digits_256     a grid of bright strokes on black, gray
//   …/gradient_256   a map of heat: smooth, without noise
//
// With TBLOG_BENCH_PIXELS=DIR each image is also written to DIR/<name>.ppm or
// .pgm, for tests/bench/peers.py, and nothing is measured.
//
//   build/dev/tests/bench/tblog_image_bench --benchmark_filter=…

#include <benchmark/benchmark.h>
#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "src/image/png_writer.h"
#include "tblog/summary_writer.h"
#include "tests/bench/paired.h"
#include "tests/testing/temp_dir.h"

namespace tblog::internal {
namespace {

// ---- Pixels ----

Canvas photo(int64_t side) {
  Canvas canvas(side, side, 3, 0);
  std::mt19937 random(1);
  std::normal_distribution<double> grain(0, 2.2);
  for (int64_t y = 0; y < side; ++y) {
    for (int64_t x = 0; x < side; ++x) {
      const double u = static_cast<double>(x) / 256;
      const double v = static_cast<double>(y) / 256;
      const double shade = std::sin(5 * u + 3 * v) + std::sin(9 * u * v) +
                           0.4 * std::sin(40 * u) * std::sin(31 * v);
      for (int c = 0; c < 3; ++c) {
        const double level = 128 + 40 * shade + 12 * std::sin(c + 4 * v);
        canvas.at(y, x)[c] =
            static_cast<uint8_t>(std::clamp(level + grain(random), 0.0, 255.0));
      }
    }
  }
  return canvas;
}

// Anti-aliased curves, a frame, a grid of gray lines, and blocks like words.
Canvas plot(int64_t side) {
  Canvas canvas(side, side, 3, 255);
  const Window all{canvas, 0, 0, side, side};
  const int64_t margin = side / 10;
  for (int64_t i = 0; i <= 5; ++i) {
    const int64_t at = margin + i * (side - 2 * margin) / 5;
    all.fill(at, margin, at + 1, side - margin, {200, 200, 200});
    all.fill(margin, at, side - margin, at + 1, {200, 200, 200});
    for (int64_t k = 0; k < 4; ++k) {
      const int64_t x = at + 5 * k - 10;
      all.fill(side - margin + 4, x, side - margin + 10 - (i + k) % 3, x + 3,
               {40, 40, 40});
      all.fill(at - 3 + (i * k) % 3, 3 + 5 * k, at + 4, 6 + 5 * k,
               {40, 40, 40});
    }
  }
  const Color colors[] = {{31, 119, 180}, {255, 127, 14}, {44, 160, 44}};
  for (int curve = 0; curve < 3; ++curve) {
    const Color color = colors[curve];
    double height = 0.3 * (curve + 1);
    std::mt19937 random(static_cast<uint32_t>(curve));
    std::normal_distribution<double> walk(0, 0.012);
    for (int64_t x = margin; x < side - margin; ++x) {
      height = std::clamp(height + walk(random), 0.02, 0.98);
      const double top = static_cast<double>(margin) +
                         height * static_cast<double>(side - 2 * margin);
      for (int64_t y = static_cast<int64_t>(top) - 1; y < top + 3; ++y) {
        const double cover =
            std::clamp(1.5 - std::abs(static_cast<double>(y) - top), 0.0, 1.0);
        uint8_t* pixel = canvas.at(y, x);
        const uint8_t rgb[] = {color.red, color.green, color.blue};
        for (int c = 0; c < 3; ++c) {
          pixel[c] =
              static_cast<uint8_t>(pixel[c] * (1 - cover) + rgb[c] * cover);
        }
      }
    }
  }
  return canvas;
}

Canvas noise(int64_t side) {
  Canvas canvas(side, side, 3, 0);
  std::mt19937 random(2);
  for (uint8_t& byte : canvas.pixels) byte = static_cast<uint8_t>(random());
  return canvas;
}

Canvas digits(int64_t side) {
  Canvas canvas(side, side, 1, 0);
  std::mt19937 random(3);
  for (int64_t top = 0; top + 28 <= side; top += 29) {
    for (int64_t left = 0; left + 28 <= side; left += 29) {
      double y = 6;
      double x = 8 + random() % 10;
      for (int step = 0; step < 34; ++step) {
        y += 0.5;
        x = std::clamp(x + (random() % 5) * 0.5 - 1, 3.0, 24.0);
        for (int64_t k = -2; k <= 2; ++k) {
          uint8_t& pixel = *canvas.at(top + static_cast<int64_t>(y),
                                      left + static_cast<int64_t>(x) + k);
          pixel = static_cast<uint8_t>(std::max<uint32_t>(
              pixel, 255 - 100 * (k * k > 1) - random() % 60 * (k != 0)));
        }
      }
    }
  }
  return canvas;
}

Canvas gradient(int64_t side) {
  Canvas canvas(side, side, 3, 0);
  for (int64_t y = 0; y < side; ++y) {
    for (int64_t x = 0; x < side; ++x) {
      const double u = static_cast<double>(x - side / 2) / 60;
      const double v = static_cast<double>(y - side / 2) / 60;
      const double heat = std::exp(-u * u - v * v / 2);
      canvas.at(y, x)[0] = static_cast<uint8_t>(255 * std::sqrt(heat));
      canvas.at(y, x)[1] = static_cast<uint8_t>(255 * heat * heat);
      canvas.at(y, x)[2] = static_cast<uint8_t>(90 + 120 * (1 - heat));
    }
  }
  return canvas;
}

std::map<std::string, Canvas> images() {
  return {{"photo_256", photo(256)},      {"photo_1024", photo(1024)},
          {"plot_256", plot(256)},        {"plot_1024", plot(1024)},
          {"noise_256", noise(256)},      {"digits_256", digits(256)},
          {"gradient_256", gradient(256)}};
}

// ---- Peers ----

struct LibpngOptions {
  int level;
  int strategy;
  int filters;
};

std::string libpng(const Canvas& canvas, const LibpngOptions& options) {
  std::string out;
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &out,
      [](png_structp p, png_bytep bytes, size_t n) {
        static_cast<std::string*>(png_get_io_ptr(p))
            ->append(reinterpret_cast<const char*>(bytes), n);
      },
      nullptr);
  png_set_compression_level(png, options.level);
  png_set_compression_strategy(png, options.strategy);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, options.filters);
  png_set_IHDR(png, info, static_cast<png_uint_32>(canvas.width),
               static_cast<png_uint_32>(canvas.height), 8,
               canvas.channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (int64_t y = 0; y < canvas.height; ++y) {
    png_write_row(png,
                  canvas.pixels.data() + y * canvas.width * canvas.channels);
  }
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return out;
}

// ---- Rows ----

using bench::Pairs;
using bench::Row;

std::string fast_libpng(const Canvas& canvas) {
  return libpng(canvas, {1, Z_HUFFMAN_ONLY, PNG_FILTER_SUB});
}

void count_bytes(benchmark::State& state, const Canvas& canvas,
                 const std::string& png) {
  state.counters["raw"] = static_cast<double>(canvas.pixels.size());
  state.counters["bytes"] = static_cast<double>(png.size());
}

void png(benchmark::State& state, const Canvas& canvas) {
  bench::measure_row(
      state, {}, [&] { benchmark::DoNotOptimize(write_png(canvas)); },
      [&] { benchmark::DoNotOptimize(fast_libpng(canvas)); });
  count_bytes(state, canvas, write_png(canvas));
}

void libpng_of_pillow(benchmark::State& state, const Canvas& canvas) {
  std::string encoded;
  for (auto _ : state)
    encoded = libpng(canvas, {6, Z_FILTERED, PNG_ALL_FILTERS});
  count_bytes(state, canvas, encoded);
}

// Flushes apart, so that nothing is compressed by the caller. At least 5 GB/s
// are wanted.
void call(benchmark::State& state, const TensorView& pixels,
          const ImageOptions& options, int64_t flush_every = 1) {
  const testing::TempDir directory;
  SummaryWriter writer(directory / "run");
  std::string copy(pixels.size_bytes(), '\0');
  int64_t step = 0;
  Pairs pairs;
  for (auto _ : state) {
    state.SetIterationTime(
        pairs.measure([&] { writer.image("image", pixels, step, options); },
                      [&] {
                        std::memcpy(copy.data(), pixels.data(), copy.size());
                        benchmark::DoNotOptimize(copy.data());
                      }));
    if (++step % flush_every == 0) writer.flush().IgnoreError();
  }
  pairs.report(state,
               {.items = 1, .limit_ns = static_cast<double>(copy.size()) / 5});
}

void call_bytes(benchmark::State& state, const Canvas& canvas) {
  call(state,
       {canvas.pixels.data(), {canvas.height, canvas.width, canvas.channels}},
       {});
}

void call_burst(benchmark::State& state, const Canvas& canvas) {
  call(state,
       {canvas.pixels.data(), {canvas.height, canvas.width, canvas.channels}},
       {}, /*flush_every=*/8);
}

void call_floats(benchmark::State& state, const Canvas& canvas) {
  std::vector<float> values;
  for (int c = 0; c < canvas.channels; ++c) {
    for (size_t i = static_cast<size_t>(c); i < canvas.pixels.size();
         i += static_cast<size_t>(canvas.channels))
      values.push_back(static_cast<float>(canvas.pixels[i]) / 255);
  }
  ImageOptions options;
  options.layout = Layout::kCHW;
  call(state, {values.data(), {canvas.channels, canvas.height, canvas.width}},
       options);
}

void write_pixels(const std::string& directory, const std::string& name,
                  const Canvas& canvas) {
  const bool gray = canvas.channels == 1;
  std::ofstream file(directory + "/" + name + (gray ? ".pgm" : ".ppm"),
                     std::ios::binary);
  file << (gray ? "P5\n" : "P6\n") << canvas.width << ' ' << canvas.height
       << "\n255\n";
  file.write(reinterpret_cast<const char*>(canvas.pixels.data()),
             static_cast<std::streamsize>(canvas.pixels.size()));
}

using Body = void(benchmark::State&, const Canvas&);

benchmark::internal::Benchmark* add(const std::string& row,
                                    const std::string& name,
                                    const Canvas& canvas, Body* body) {
  return benchmark::RegisterBenchmark(
      (row + "/" + name).c_str(),
      [&canvas, body](benchmark::State& state) { body(state, canvas); });
}

void add_rows(const std::map<std::string, Canvas>& all) {
  for (const auto& [name, canvas] : all) {
    const int rounds = canvas.width > 512 ? 20 : 100;
    add("png", name, canvas, png)->Iterations(rounds)->UseManualTime();
    add("call", name, canvas, call_bytes)
        ->Iterations(2 * rounds)
        ->UseManualTime();
    add("call_burst", name, canvas, call_burst)
        ->Iterations(2 * rounds)
        ->UseManualTime();
    add("call_float", name, canvas, call_floats)
        ->Iterations(2 * rounds)
        ->UseManualTime();
    add("libpng", name, canvas, libpng_of_pillow)
        ->Unit(benchmark::kMicrosecond);
  }
}

}  // namespace
}  // namespace tblog::internal

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const auto images = tblog::internal::images();
  if (const char* directory = std::getenv("TBLOG_BENCH_PIXELS")) {
    for (const auto& [name, canvas] : images)
      tblog::internal::write_pixels(directory, name, canvas);
    return 0;
  }
  tblog::internal::add_rows(images);
  benchmark::RunSpecifiedBenchmarks();
}
