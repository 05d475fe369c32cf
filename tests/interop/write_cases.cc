// SPDX-License-Identifier: Apache-2.0
//
// Writes one run for each kind of value, by rules that read_cases_test.py
// repeats in Python:
//
//   write_cases LOGDIR PICTURES
//
// PICTURES holds the encoded images that the run "images" logs as they are.
// Exit status: 0 when every writer that should be content is.

#include <array>
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "tblog/tblog.h"

namespace {

using tblog::At;
using tblog::SummaryWriter;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int64_t kMinStep = std::numeric_limits<int64_t>::min();
constexpr int64_t kMaxStep = std::numeric_limits<int64_t>::max();

int failures = 0;

void expect_ok(const absl::Status& status, const std::string& run) {
  if (status.ok()) return;
  std::cerr << run << ": " << status << '\n';
  ++failures;
}

// The wall time of step `step` where a case sets one.
At at(int64_t step) { return {step, 1'700'000'000 + step * 0.25}; }

void write_scalars(SummaryWriter& writer) {
  for (int64_t step = 0; step < 1000; ++step) {
    writer.scalar("line", step * 0.5 - 3, at(step));
  }
  int64_t step = 0;
  for (double value : {kNaN, kInfinity, -kInfinity, -0.0, 1.4e-45, 1e-40, 0.1,
                       1e-300, 3.4028234663852886e38, -16777217.0}) {
    writer.scalar("special", value, at(step++));
  }
  for (int64_t s :
       {kMinStep, int64_t{-5}, int64_t{0}, (int64_t{1} << 53) + 1, kMaxStep}) {
    writer.scalar("steps", 1, {s, 1.0});
  }
  step = 0;
  for (double wall_time : {0.0, -1.5, 0.001, 1700000000.123456, 4e9}) {
    writer.scalar("wall times", 1, {step++, wall_time});
  }
  writer.scalars({{"several/a", 1}, {"several/b", 2.5f}, {"several/c", true}},
                 3);
  const std::map<std::string, double> from_map{{"map/x", 4}, {"map/y", 5}};
  writer.scalars(from_map.begin(), from_map.end(), 4);
  const int64_t integer = -7;
  const tblog::Float16 half{0x3e00};  // 1.5
  const uint8_t byte[1] = {200};
  writer.scalar("view/int64", tblog::TensorView(&integer, {}), at(0));
  writer.scalar("view/float16", tblog::TensorView(&half, {}), at(0));
  writer.scalar("view/uint8", tblog::TensorView(byte), at(0));
  writer.set_step(17);
  writer.scalar("at the set step", 6);
}

// No step is ever given, which is reported, so that status() is not asked.
void write_counted_steps(SummaryWriter& writer) {
  for (int i = 0; i < 3; ++i) writer.scalar("counted", i * 10);
}

// Steps that stand still and go back, and a value beyond float: all written,
// all reported.
void write_reported_scalars(SummaryWriter& writer) {
  int64_t value = 0;
  for (int64_t step : {1, 2, 2, 3, 1}) writer.scalar("back", value++, at(step));
  writer.scalar("beyond float", 1e300, at(0));
  writer.scalar("beyond float", -1e300, at(1));
  writer.scalars({{"twice", 1}, {"twice", 2}}, at(0));
}

void write_dropped_steps(SummaryWriter& writer) {
  int64_t value = 0;
  for (int64_t step : {1, 2, 2, 3, 1, 4})
    writer.scalar("back", value++, at(step));
}

// What a tag may look like; those with '"', '\' or control characters are
// reported.
void write_odd_tags(SummaryWriter& writer) {
  const std::string tags[] = {
      "\xc3\xbcn\xc3\xaf/c\xc3\xb6"
      "d\xc3\xa9 \xe2\x9c\x93 \xf0\x9f\x8e\x89",
      " spaces ",
      "a//b",
      "/leading",
      "trailing/",
      "%20+&=?#",
      "<b>bold</b>",
      std::string(5000, 't'),
      "quote\"d",
      "back\\slash",
      "line\nbreak"};
  int64_t value = 0;
  for (const std::string& tag : tags) writer.scalar(tag, ++value, at(0));
  writer.scalar("", 1, at(0));
  writer.scalar("not UTF-8 \xff", 1, at(0));
}

// Numbers in [-6, 6), a multiple of 2^-12 each: exact in float32. Sums of
// three make a bell.
std::vector<float> bell(int n, uint32_t seed) {
  auto next = [&seed] {
    seed = seed * 1664525u + 1013904223u;
    return static_cast<int>(seed >> 18);
  };
  std::vector<float> values;
  for (int i = 0; i < n; ++i) {
    const int sum = next() + next() + next();
    values.push_back(static_cast<float>(sum - 24576) / 4096.0f);
  }
  return values;
}

// The numbers 0…99, each `repeat` times, as another type.
template <class T>
void write_integers(SummaryWriter& writer, const std::string& name) {
  std::vector<T> values;
  for (int i = 0; i < 1000; ++i) values.push_back(static_cast<T>(i % 100));
  writer.histogram("dtype/" + name, values, at(0));
}

void write_dtype_histograms(SummaryWriter& writer) {
  write_integers<int8_t>(writer, "int8");
  write_integers<int16_t>(writer, "int16");
  write_integers<int32_t>(writer, "int32");
  write_integers<int64_t>(writer, "int64");
  write_integers<uint8_t>(writer, "uint8");
  write_integers<uint16_t>(writer, "uint16");
  write_integers<uint32_t>(writer, "uint32");
  write_integers<uint64_t>(writer, "uint64");
  write_integers<float>(writer, "float32");
  write_integers<double>(writer, "float64");
  const bool bits[] = {true, false, true, true};
  writer.histogram("dtype/bool", tblog::TensorView(bits), at(0));
  // 1, 1.5, 2, -2, the smallest denormal, infinity.
  const std::array<tblog::Float16, 6> halves{
      {{0x3c00}, {0x3e00}, {0x4000}, {0xc000}, {0x0001}, {0x7c00}}};
  writer.histogram("dtype/float16", {halves.data(), {6}}, at(0));
  const std::array<tblog::BFloat16, 4> brains{
      {{0x3f80}, {0x3fc0}, {0x4000}, {0xc000}}};  // 1, 1.5, 2, -2
  writer.histogram("dtype/bfloat16", {brains.data(), {4}}, at(0));
}

void write_histograms(SummaryWriter& writer) {
  for (int64_t step = 0; step < 3; ++step) {
    writer.histogram("bell", bell(10'000, static_cast<uint32_t>(step)),
                     at(step));
  }
  const std::vector<float> values = bell(1000, 42);
  writer.histogram("seven buckets", values, at(0), {.buckets = 7});
  writer.histogram("grid", std::vector<double>(values.begin(), values.end()),
                   at(0), {.scale = tblog::Scale::kTensorFlow});
  writer.histogram(
      "explicit", values, at(0),
      {.scale = tblog::Scale::kExplicit, .edges = {-1, -0.5, 0, 0.25, 3}});
  // Every second number, backwards.
  writer.histogram("strided", {values.data() + 998, {500}, {-2}}, at(0));
  writer.histogram("constant", std::vector<float>(5, 2.5f), at(0));
  writer.histogram("empty", std::vector<float>(), at(0));
  writer.histogram("all NaN", std::vector<double>(4, kNaN), at(0));
  writer.histogram(
      "some NaN",
      std::vector<double>{1, kNaN, 2, kInfinity, kInfinity, -kInfinity, 3},
      at(0));
  writer.histogram("extremes", std::vector<double>{-1.7e308, 0, 1.7e308},
                   at(0));
  writer.histogram("denormals",
                   std::vector<double>{5e-324, 1e-323, 2e-323, 2e-323}, at(0));
  tblog::Histogram counted;
  counted.min = -1, counted.max = 4, counted.num = 9;
  counted.edges = {-1, 1, 4};
  counted.counts = {4, 5};
  writer.histogram("counted", counted, at(0));
  writer.histogram(
      "called", [&] { return values; }, at(0));
  write_dtype_histograms(writer);
}

// The value of channel `c` of the pixel in row `y`, column `x`: 0–255.
int pixel(int y, int x, int c) { return (7 * y + 13 * x + 50 * c) % 256; }

constexpr int kHeight = 12;
constexpr int kWidth = 20;

// The picture in [height, width, channels], each value through `convert`.
template <class T>
std::vector<T> picture(
    int channels, const std::function<T(int)>& convert = [](int v) {
      return static_cast<T>(v);
    }) {
  std::vector<T> values;
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x)
      for (int c = 0; c < channels; ++c)
        values.push_back(convert(pixel(y, x, c)));
  return values;
}

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
  for (const auto& entry : std::filesystem::directory_iterator(pictures)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    writer.image("encoded/" + entry.path().filename().string(),
                 tblog::ImageBytes{bytes}, at(0));
  }
}

void write_texts(SummaryWriter& writer) {
  writer.text("note", "**bold** and `code`", at(0));
  writer.text("note", "second", at(1));
  writer.text("unicode",
              "Gr\xc3\xbc\xc3\x9f"
              "e \xf0\x9f\x8e\x89 \xe4\xbd\xa0\xe5\xa5\xbd",
              at(0));
  writer.text("empty", "", at(0));
  writer.text("long", std::string(300'000, 'x'), at(0));
  writer.text("zero", std::string("a\0b", 3), at(0));
}

void write_reported_texts(SummaryWriter& writer) {
  writer.text("invalid",
              "a\xff"
              "b\xe2\x82"
              "c\xed\xa0\x80",
              at(0));
}

template <class T>
void write_tensor(SummaryWriter& writer, const std::string& name) {
  std::vector<T> values;
  for (int i = 0; i < 6; ++i) values.push_back(static_cast<T>(i * 20));
  writer.tensor(name, {values.data(), {2, 3}}, at(0));
}

void write_tensors(SummaryWriter& writer) {
  write_tensor<int8_t>(writer, "int8");
  write_tensor<int16_t>(writer, "int16");
  write_tensor<int32_t>(writer, "int32");
  write_tensor<int64_t>(writer, "int64");
  write_tensor<uint8_t>(writer, "uint8");
  write_tensor<uint16_t>(writer, "uint16");
  write_tensor<uint32_t>(writer, "uint32");
  write_tensor<uint64_t>(writer, "uint64");
  write_tensor<float>(writer, "float32");
  write_tensor<double>(writer, "float64");
  write_tensor<std::complex<float>>(writer, "complex64");
  write_tensor<std::complex<double>>(writer, "complex128");
  const bool bits[] = {true, false, true};
  writer.tensor("bool", bits, at(0));
  const tblog::Float16 halves[] = {{0x3c00}, {0xc000}};  // 1, -2
  writer.tensor("float16", halves, at(0));
  const tblog::BFloat16 brains[] = {{0x3f80}, {0xc000}};  // 1, -2
  writer.tensor("bfloat16", brains, at(0));
  const double one = 2.5;
  writer.tensor("rank 0", {&one, {}}, at(0));
  writer.tensor("empty", {&one, {0, 3}}, at(0));
  std::vector<int32_t> grid(12);
  std::iota(grid.begin(), grid.end(), 0);
  writer.tensor("transposed", {grid.data(), {4, 3}, {1, 4}}, at(0));
}

void write_described(SummaryWriter& writer) {
  const uint8_t dot = 255;
  for (const std::string kind :
       {"scalar", "histogram", "image", "text", "tensor"}) {
    writer.describe(kind, {"The " + kind, "about *" + kind + "*, \xc3\xbc"});
  }
  for (int64_t step = 0; step < 2; ++step) {
    writer.scalar("scalar", 1, at(step));
    writer.histogram("histogram", std::vector<float>{1, 2}, at(step));
    writer.image("image", {&dot, {1, 1}}, at(step),
                 {.layout = tblog::Layout::kHW});
    writer.text("text", "t", at(step));
    writer.tensor("tensor", std::vector<float>{1, 2}, at(step));
  }
}

void write_children(SummaryWriter& writer) {
  writer.scalar("loss", 1, at(0));
  SummaryWriter test = writer.child("test");
  test.scalar("loss", 2, at(0));
  writer.child("test").scalar("loss", 3, at(1));
  writer.child("a/b/c").scalar("loss", 4, at(0));
  writer.child("l\xc3\xa4ufe \xce\xb2, 1").scalar("loss", 5, at(0));
  writer.child("without a value");
}

using Write = std::function<void(SummaryWriter&)>;

// A run "name" by a writer of its own. `content`: whether nothing in it may be
// refused or reported as an error.
void write_run(const std::string& logdir, const std::string& name,
               const Write& write, bool content = true,
               tblog::WriterOptions options = {}) {
  options.on_error = [&](const absl::Status& status) {
    if (content) std::cerr << name << " reports: " << status << '\n';
  };
  SummaryWriter writer(logdir + "/" + name, options);
  write(writer);
  const absl::Status status = writer.close();
  if (content) expect_ok(status, name);
  if (!writer.stats().events || writer.stats().pending_bytes) {
    expect_ok(absl::InternalError("nothing written, or not all"), name);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: write_cases LOGDIR PICTURES\n";
    return EXIT_FAILURE;
  }
  const std::string logdir = argv[1];
  const std::filesystem::path pictures = argv[2];
  const bool reported = false;
  write_run(logdir, "scalars", write_scalars);
  write_run(logdir, "counted", write_counted_steps, reported);
  write_run(logdir, "reported", write_reported_scalars, reported);
  write_run(logdir, "dropped", write_dropped_steps, reported,
            {.on_step_back = tblog::OnStepBack::kDrop});
  write_run(logdir, "tags", write_odd_tags, reported);
  write_run(logdir, "histograms", write_histograms);
  write_run(logdir, "images", [&](SummaryWriter& writer) {
    write_byte_images(writer);
    write_scaled_images(writer);
    write_encoded_images(writer, pictures);
  });
  write_run(logdir, "reported images", write_reported_images, reported);
  write_run(logdir, "texts", write_texts);
  write_run(logdir, "reported texts", write_reported_texts, reported);
  write_run(logdir, "tensors", write_tensors);
  write_run(logdir, "described", write_described);
  write_run(logdir, "parent", write_children);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
