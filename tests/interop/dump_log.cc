// SPDX-License-Identifier: Apache-2.0
//
// Prints a log directory as tblog::LogReader sees it, one JSON object a value:
// dump_log LOGDIR. Bytes are in hexadecimal, numbers that JSON lacks are
// strings. Exit status: 0 when all could be read and nothing was skipped.

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"
#include "tblog/log_reader.h"

namespace {

using nlohmann::json;

json number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  return value;
}

std::string hexadecimal(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (unsigned char byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

// Of a value that must be readable.
template <class T>
T checked(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::cerr << value.status() << '\n';
  std::exit(EXIT_FAILURE);
}

json buckets(const tblog::HistogramValue& histogram) {
  json rows = json::array();
  for (const tblog::HistogramBucket& bucket : histogram.buckets) {
    rows.push_back({bucket.left, bucket.right, bucket.count});
  }
  return rows;
}

json images(const tblog::ImageValue& value) {
  json encoded = json::array();
  for (const std::string& image : value.images) {
    encoded.push_back(hexadecimal(image));
  }
  return {{"width", value.width},
          {"height", value.height},
          {"images", std::move(encoded)}};
}

json tensor(const tblog::TensorValue& value) {
  if (!value.dtype) return {{"shape", value.shape}, {"strings", value.strings}};
  json numbers = json::array();
  for (double x : checked(value.numbers())) numbers.push_back(number(x));
  return {{"dtype", tblog::dtype_name(*value.dtype)},
          {"shape", value.shape},
          {"numbers", std::move(numbers)}};
}

json value_at(const tblog::Series& series, size_t i) {
  switch (series.kind()) {
    case tblog::ValueKind::kScalar:
      return number(series.values()[i]);
    case tblog::ValueKind::kHistogram:
      return buckets(checked(series.histogram(i)));
    case tblog::ValueKind::kImage:
      return images(checked(series.image(i)));
    case tblog::ValueKind::kText: {
      const tblog::TextValue text = checked(series.text(i));
      return {{"shape", text.shape}, {"texts", text.texts}};
    }
    case tblog::ValueKind::kTensor:
      return tensor(checked(series.tensor(i)));
    default:
      return nullptr;
  }
}

void dump(const tblog::Run& run, const tblog::Series& series) {
  for (size_t i = 0; i < series.size(); ++i) {
    const json line{{"run", run.name()},
                    {"tag", series.tag()},
                    {"kind", tblog::value_kind_name(series.kind())},
                    {"description", series.metadata().description},
                    {"step", series.steps()[i]},
                    {"wall_time", number(series.wall_times()[i])},
                    {"value", value_at(series, i)}};
    std::cout << line.dump() << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: dump_log LOGDIR\n";
    return EXIT_FAILURE;
  }
  const tblog::LogReader log = checked(tblog::LogReader::open(argv[1]));
  for (const tblog::Run& run : log.runs()) {
    for (const tblog::Series& series : run.series()) dump(run, series);
  }
  for (const tblog::SkippedRegion& region : log.skipped()) {
    std::cerr << region.file << " at " << region.offset << ": " << region.reason
              << '\n';
  }
  return log.skipped().empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}
