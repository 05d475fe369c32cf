// SPDX-License-Identifier: Apache-2.0
//
// Values as nearly every writer encodes them, looked at where they stand: what
// is read too often for the generated classes, or is too large to be copied by
// them. What is encoded in another way is not plain: the generated class then
// decides what it is. Thread-safe.

#ifndef TBLOG_SRC_READER_PLAIN_VALUE_H_
#define TBLOG_SRC_READER_PLAIN_VALUE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "src/event/event_decoder.h"
#include "tblog/values.h"

namespace tblog::internal {

// A TensorProto with as many elements as its shape says.
struct PlainTensor {
  static constexpr size_t kMaxRank = 8;

  int dtype = 0;  // proto::DataType
  size_t rank = 0;
  std::array<int64_t, kMaxRank> shape = {};
  std::string_view bytes;    // little-endian numbers
  int64_t strings = 0;       // how many
  std::string_view encoded;  // all of it: for_each_string()
};

// False: it is not plain.
bool parse_plain_tensor(std::string_view encoded, PlainTensor* tensor);

// Calls f(std::string_view) for each string of the tensor.
template <class F>
void for_each_string(const PlainTensor& tensor, F&& f) {
  constexpr uint32_t kStringVal = 8;
  wire::WireReader fields(tensor.encoded);
  while (fields.next()) {
    if (fields.is(kStringVal, wire::kBytes)) f(fields.bytes());
  }
}

// A HistogramProto: a limit for each count, both little-endian doubles.
struct PlainHistogram {
  double min = 0;
  double max = 0;
  double num = 0;
  std::string_view limits;
  std::string_view counts;
};

bool parse_plain_histogram(std::string_view encoded, PlainHistogram* histogram);

// Whether libprotobuf would take the value for one, and has no need to be
// asked.
bool is_plain(const ValueView& value);
// Whether it holds nothing but plain values, bytes or a text; it is an event,
// see parse_event().
bool is_plain(const EventView& event);

// Whether it is plain and check_value() would find nothing wrong with it. Of
// its metadata, if it has any, only where these can be parsed.
bool is_plain_and_right(ValueKind kind, const ValueView& value);

// A plain histogram, of either form; none: it is not plain.
std::optional<HistogramValue> decode_plain_histogram(const ValueView& value);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_PLAIN_VALUE_H_
