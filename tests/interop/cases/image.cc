// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/interop/cases/cases.h"
#include "tests/interop/cases/picture.h"

namespace cases {
namespace {

void write_byte_images(SummaryWriter& writer) {
  for (int c = 1; c <= 4; ++c) {
    const auto pixels = picture<uint8_t>(c);
    writer.image("hwc" + std::to_string(c),
                 {pixels.data(), {kHeight, kWidth, c}}, at(0));
  }
  const auto gray = picture<uint8_t>(1);
  writer.image("hw", {gray.data(), {kHeight, kWidth}}, at(0),
               {.layout = tblog::Layout::kHW});
  const auto rgb = picture<uint8_t>(3);
  // The same memory, seen as [channels, height, width].
  writer.image("chw", {rgb.data(), {3, kHeight, kWidth}, {1, kWidth * 3, 3}},
               at(0), {.layout = tblog::Layout::kCHW});
  // Mirrored left to right.
  writer.image("mirrored",
               {rgb.data() + (kWidth - 1) * 3,
                {kHeight, kWidth, 3},
                {kWidth * 3, -3, 1}},
               at(0));
  const bool bits[] = {true, false, false, true};
  writer.image("bool", {bits, {2, 2}}, at(0), {.layout = tblog::Layout::kHW});
  for (int64_t step = 0; step < 3; ++step) {
    const std::vector<uint8_t> flat(4, static_cast<uint8_t>(step * 40));
    writer.image("series", {flat.data(), {2, 2}}, at(step),
                 {.layout = tblog::Layout::kHW});
  }
}

void write_scaled_images(SummaryWriter& writer) {
  const auto words = picture<uint16_t>(
      3, [](int v) { return static_cast<uint16_t>(v * 257); });
  writer.image("uint16", {words.data(), {kHeight, kWidth, 3}}, at(0));
  const auto unit =
      picture<float>(3, [](int v) { return static_cast<float>(v / 255.0); });
  writer.image("unit", {unit.data(), {kHeight, kWidth, 3}}, at(0));
  const auto symmetric =
      picture<double>(1, [](int v) { return v / 127.5 - 1; });
  writer.image("symmetric", {symmetric.data(), {kHeight, kWidth, 1}}, at(0),
               {.range = tblog::Range::kSymmetric});
  const int32_t wide[] = {-1000, -500, 0, 1000};
  writer.image("auto", {wide, {2, 2}}, at(0),
               {.layout = tblog::Layout::kHW, .range = tblog::Range::kAuto});
}

// Each of these is reported too.
void write_reported_images(SummaryWriter& writer) {
  const double outside[] = {-0.5, 0, 1, 1.5};
  writer.image("clamped", {outside, {2, 2}}, at(0),
               {.layout = tblog::Layout::kHW});
  const double gaps[] = {kNaN, kInfinity, -kInfinity, 1};
  writer.image("gaps", {gaps, {2, 2}}, at(0), {.layout = tblog::Layout::kHW});
}

void write_encoded_images(SummaryWriter& writer,
                          const std::filesystem::path& pictures) {
  for (const char* name : {"a.png", "a.jpeg", "a.gif", "a.bmp"}) {
    const std::string bytes = read(pictures / name);
    writer.image("encoded/" + std::string(name), tblog::ImageBytes{bytes},
                 at(0));
  }
}

}  // namespace

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Runs image_runs(const std::filesystem::path& inputs) {
  return {
      {"images", write_byte_images},
      {"scaled images", write_scaled_images},
      {"encoded images",
       [inputs](SummaryWriter& writer) {
         write_encoded_images(writer, inputs);
       }},
      {"reported images", write_reported_images, kReported},
  };
}

}  // namespace cases
