// SPDX-License-Identifier: Apache-2.0

#include "src/reader/plain_value.h"

#include <bit>

#include "absl/strings/numbers.h"
#include "src/base/endian.h"
#include "src/base/strings.h"
#include "src/reader/tensor_decoder.h"
#include "src/reader/value_decoder.h"

namespace tblog::internal {
namespace {

using wire::WireReader;

// Fields of TensorProto.
constexpr uint32_t kDtype = 1;
constexpr uint32_t kShape = 2;
constexpr uint32_t kVersion = 3;
constexpr uint32_t kContent = 4;
constexpr uint32_t kFloats = 5;
constexpr uint32_t kDoubles = 6;
constexpr uint32_t kStrings = 8;

bool parse_dim(std::string_view encoded, int64_t* size) {
  WireReader fields(encoded);
  while (fields.next()) {
    if (!fields.is(1, wire::kVarint)) return false;
    *size = static_cast<int64_t>(fields.number());
  }
  return fields.ok() && *size >= 0;
}

bool parse_shape(std::string_view encoded, PlainTensor* tensor) {
  WireReader fields(encoded);
  while (fields.next()) {
    if (!fields.is(2, wire::kBytes) || tensor->rank == PlainTensor::kMaxRank ||
        !parse_dim(fields.bytes(), &tensor->shape[tensor->rank++]))
      return false;
  }
  return fields.ok();
}

// Elements by the shape; none: too many.
std::optional<int64_t> size_of(const PlainTensor& tensor) {
  int64_t size = 1;
  for (size_t i = 0; i < tensor.rank; ++i) {
    // One that is empty is left to those who know what an overflow means then.
    if (tensor.shape[i] == 0 ||
        __builtin_mul_overflow(size, tensor.shape[i], &size))
      return std::nullopt;
  }
  return size;
}

// Whether the numbers, from the field `source`, are those of dtype and shape.
bool numbers_fit(const PlainTensor& tensor, uint32_t source, int64_t size) {
  if (source == kFloats && tensor.dtype != proto::DT_FLOAT) return false;
  if (source == kDoubles && tensor.dtype != proto::DT_DOUBLE) return false;
  const std::optional<size_t> element = number_bytes(tensor.dtype);
  return element.has_value() && tensor.bytes.size() % *element == 0 &&
         static_cast<uint64_t>(size) == tensor.bytes.size() / *element;
}

double double_at(std::string_view numbers, size_t i) {
  return std::bit_cast<double>(load_le64(numbers.data() + 8 * i));
}

// A message of numbers and bytes alone; `text`: the field that is a string.
bool is_flat(std::string_view encoded, uint32_t text = 0) {
  WireReader fields(encoded);
  while (fields.next()) {
    if (text != 0 && fields.is(text, wire::kBytes) &&
        !is_valid_utf8(fields.bytes()))
      return false;
  }
  return fields.ok();
}

bool is_histogram_tensor(const PlainTensor& tensor) {
  return (tensor.dtype == proto::DT_DOUBLE ||
          tensor.dtype == proto::DT_FLOAT) &&
         tensor.rank == 2 && tensor.shape[1] == 3;
}

bool is_image_tensor(const PlainTensor& tensor) {
  if (tensor.rank != 1 || tensor.strings < 2) return false;
  int i = 0;
  bool right = true;
  for_each_string(tensor, [&](std::string_view text) {
    int number = 0;
    if (i++ < 2)
      right = right && absl::SimpleAtoi(to_absl(text), &number) && number >= 0;
  });
  return right;
}

bool is_text_tensor(const PlainTensor& tensor) {
  bool right = tensor.strings > 0;
  for_each_string(tensor, [&](std::string_view text) {
    right = right && is_valid_utf8(text);
  });
  return right;
}

bool is_right(ValueKind kind, const PlainTensor& tensor) {
  switch (kind) {
    case ValueKind::kHistogram:
      return is_histogram_tensor(tensor);
    case ValueKind::kImage:
      return is_image_tensor(tensor);
    case ValueKind::kAudio:
      return tensor.strings > 0 && tensor.rank <= 2 &&
             (tensor.rank < 2 || tensor.shape[1] == 2);
    case ValueKind::kText:
      return is_text_tensor(tensor);
    case ValueKind::kTensor:
    case ValueKind::kOther:
      return true;
    default:
      return false;
  }
}

// The buckets of a histogram of n limits, as from_old_histogram() of
// value_decoder.cc makes them.
HistogramValue buckets_of(const PlainHistogram& old) {
  size_t first = 0;
  size_t end = old.counts.size() / 8;
  while (first < end && double_at(old.counts, first) == 0) ++first;
  while (end > first && double_at(old.counts, end - 1) == 0) --end;
  HistogramValue value;
  value.buckets.reserve(end - first);
  for (size_t i = first; i < end; ++i) {
    value.buckets.push_back(
        {i == first ? old.min : double_at(old.limits, i - 1),
         i == end - 1 ? old.max : double_at(old.limits, i),
         double_at(old.counts, i)});
  }
  return value;
}

HistogramValue buckets_of(const PlainTensor& tensor) {
  HistogramValue value;
  value.buckets.resize(static_cast<size_t>(tensor.shape[0]));
  const bool is_double = tensor.dtype == proto::DT_DOUBLE;
  const char* p = tensor.bytes.data();
  for (HistogramBucket& bucket : value.buckets) {
    if (is_double) {
      bucket = {double_at({p, 8}, 0), double_at({p + 8, 8}, 0),
                double_at({p + 16, 8}, 0)};
      p += 24;
    } else {
      const auto next = [&p] {
        const float number = std::bit_cast<float>(load_le32(p));
        p += 4;
        return static_cast<double>(number);
      };
      bucket.left = next();
      bucket.right = next();
      bucket.count = next();
    }
  }
  return value;
}

}  // namespace

bool parse_plain_tensor(std::string_view encoded, PlainTensor* tensor) {
  WireReader fields(encoded);
  bool has_shape = false;
  uint32_t source = 0;
  while (fields.next()) {
    if (fields.is(kDtype, wire::kVarint)) {
      tensor->dtype = static_cast<int>(fields.number());
    } else if (fields.is(kShape, wire::kBytes)) {
      if (has_shape || !parse_shape(fields.bytes(), tensor)) return false;
      has_shape = true;
    } else if (fields.is(kStrings, wire::kBytes)) {
      ++tensor->strings;
    } else if (fields.is(kContent, wire::kBytes) ||
               fields.is(kFloats, wire::kBytes) ||
               fields.is(kDoubles, wire::kBytes)) {
      if (source != 0 || fields.bytes().empty()) return false;
      source = fields.field();
      tensor->bytes = fields.bytes();
    } else if (!fields.is(kVersion, wire::kVarint)) {
      return false;
    }
  }
  tensor->encoded = encoded;
  const std::optional<int64_t> size = size_of(*tensor);
  if (!fields.ok() || !size.has_value()) return false;
  if (tensor->dtype == proto::DT_STRING)
    return source == 0 && tensor->strings == *size;
  return source != 0 && tensor->strings == 0 &&
         numbers_fit(*tensor, source, *size);
}

bool parse_plain_histogram(std::string_view encoded,
                           PlainHistogram* histogram) {
  WireReader fields(encoded);
  while (fields.next()) {
    if (fields.is(1, wire::kFixed64)) {
      histogram->min = fields.as_double();
    } else if (fields.is(2, wire::kFixed64)) {
      histogram->max = fields.as_double();
    } else if (fields.is(3, wire::kFixed64)) {
      histogram->num = fields.as_double();
    } else if (fields.is(6, wire::kBytes) || fields.is(7, wire::kBytes)) {
      std::string_view& numbers =
          fields.field() == 6 ? histogram->limits : histogram->counts;
      if (!numbers.empty()) return false;  // in parts
      numbers = fields.bytes();
    } else if (!fields.is(4, wire::kFixed64) && !fields.is(5, wire::kFixed64)) {
      return false;
    }
  }
  return fields.ok() && histogram->limits.size() % 8 == 0 &&
         histogram->limits.size() == histogram->counts.size();
}

bool is_plain(const ValueView& value) {
  if (value.in_parts || value.has_more ||
      (value.has_metadata && !metadata_is_text(value.metadata)))
    return false;
  PlainTensor tensor;
  PlainHistogram histogram;
  switch (value.form) {
    case Form::kTensor:
      return parse_plain_tensor(value.body, &tensor);
    case Form::kHistogram:
      return parse_plain_histogram(value.body, &histogram);
    case Form::kImage:
      return is_flat(value.body);
    case Form::kAudio:
      return is_flat(value.body, 5);
    default:
      return true;
  }
}

bool is_plain(const EventView& event) {
  if (event.has_more || event.what == What::kSessionLog ||
      event.what == What::kRunMetadata)
    return false;
  bool plain = true;
  for_each_value(
      event, [&](const ValueView& value) { plain = plain && is_plain(value); });
  return plain;
}

bool is_plain_and_right(ValueKind kind, const ValueView& value) {
  if (value.in_parts || value.has_more) return false;
  PlainTensor tensor;
  PlainHistogram histogram;
  switch (value.form) {
    case Form::kTensor:
      return parse_plain_tensor(value.body, &tensor) && is_right(kind, tensor);
    case Form::kHistogram:
      return kind == ValueKind::kHistogram &&
             parse_plain_histogram(value.body, &histogram);
    case Form::kImage:
      return kind == ValueKind::kImage && is_flat(value.body);
    case Form::kAudio:
      return kind == ValueKind::kAudio && is_flat(value.body, 5);
    default:
      return false;
  }
}

std::optional<HistogramValue> decode_plain_histogram(const ValueView& value) {
  if (value.in_parts || value.has_more) return std::nullopt;
  PlainTensor tensor;
  PlainHistogram histogram;
  if (value.form == Form::kTensor && parse_plain_tensor(value.body, &tensor) &&
      is_histogram_tensor(tensor))
    return buckets_of(tensor);
  if (value.form == Form::kHistogram &&
      parse_plain_histogram(value.body, &histogram))
    return buckets_of(histogram);
  return std::nullopt;
}

}  // namespace tblog::internal
