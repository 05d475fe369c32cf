// SPDX-License-Identifier: Apache-2.0

#include "src/summary/custom_scalars.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/event/wire.h"
#include "src/summary/tensor_proto.h"

namespace tblog::internal {
namespace {

// Field numbers. Source:
// tensorflow/tensorboard:tensorboard/plugins/custom_scalar/layout.proto.
enum LayoutField : uint32_t { kCategory = 2 };
enum CategoryField : uint32_t { kTitle = 1, kChart = 2, kClosed = 3 };
enum ChartField : uint32_t { kChartTitle = 1, kMultiline = 2, kMargin = 3 };
enum MultilineField : uint32_t { kTag = 1 };
enum MarginField : uint32_t { kSeries = 1 };
enum SeriesField : uint32_t { kValue = 1, kLower = 2, kUpper = 3 };

absl::Status check_tag(std::string_view tag, std::string_view chart) {
  const char* why = tag.empty()          ? "has an empty tag"
                    : is_valid_utf8(tag) ? nullptr
                                         : "has a tag that is not UTF-8";
  if (why == nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the chart \"", escaped(chart), "\" ", why));
}

std::string encode_multiline(const CustomScalarLayout::Chart& chart) {
  std::string out;
  for (const std::string& tag : chart.tags)
    wire::put_bytes_always(out, kTag, tag);
  return out;
}

std::string encode_margin(const CustomScalarLayout::Chart& chart) {
  std::string out;
  std::string series;
  for (const MarginSeries& one : chart.series) {
    series.clear();
    wire::put_bytes(series, kValue, one.value);
    wire::put_bytes(series, kLower, one.lower);
    wire::put_bytes(series, kUpper, one.upper);
    wire::put_bytes_always(out, kSeries, series);
  }
  return out;
}

absl::StatusOr<std::string> encode_chart(
    const CustomScalarLayout::Chart& chart) {
  absl::Status status;
  for (const std::string& tag : chart.tags)
    status.Update(check_tag(tag, chart.title));
  for (const MarginSeries& one : chart.series) {
    for (const std::string* tag : {&one.value, &one.lower, &one.upper})
      status.Update(check_tag(*tag, chart.title));
  }
  if (!status.ok()) return status;
  std::string out;
  wire::put_bytes(out, kChartTitle, to_valid_utf8(chart.title));
  // The member of a oneof is written even if it is empty.
  if (chart.is_margin) {
    wire::put_bytes_always(out, kMargin, encode_margin(chart));
  } else {
    wire::put_bytes_always(out, kMultiline, encode_multiline(chart));
  }
  return out;
}

}  // namespace

absl::StatusOr<std::string> encode_layout(const CustomScalarLayout& layout) {
  std::string out;
  for (const CustomScalarLayout::Category& category : layout.categories()) {
    std::string message;
    wire::put_bytes(message, kTitle, to_valid_utf8(category.title()));
    for (const CustomScalarLayout::Chart& chart : category.charts()) {
      const absl::StatusOr<std::string> encoded = encode_chart(chart);
      if (!encoded.ok()) return encoded.status();
      wire::put_bytes_always(message, kChart, *encoded);
    }
    wire::put_int64(message, kClosed, category.is_closed() ? 1 : 0);
    wire::put_bytes_always(out, kCategory, message);
  }
  return out;
}

std::string encode_layout_tensor(std::string_view layout) {
  return encode_string_tensor(layout);
}

}  // namespace tblog::internal
