// SPDX-License-Identifier: Apache-2.0
//
// The forms of TensorFlow 1, for tools that know no other
// (WriterOptions::legacy_values): a number, a HistogramProto, an Image or an
// Audio in place of a tensor, without metadata. Source:
// tensorflow/tensorboard:tensorboard/compat/proto/summary.proto.

#ifndef TBLOG_SRC_SUMMARY_LEGACY_H_
#define TBLOG_SRC_SUMMARY_LEGACY_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/event/wire.h"
#include "src/summary/histogram.h"
#include "src/summary/value.h"
#include "src/summary/wav.h"
#include "tblog/histogram.h"

namespace tblog::internal {

// What stands between the header of a `Summary.value` with a simple_value and
// its four bytes.
inline std::string legacy_scalar_body(std::string_view tag) {
  std::string body;
  wire::put_bytes_always(body, kValueTag, tag);
  wire::put_varint(body, wire::key(kValueSimple, wire::kFixed32));
  return body;
}

// As encode_scalar_head() of src/summary/scalar.h: four bytes make it a value.
inline std::string encode_legacy_scalar_head(std::string_view tag) {
  const std::string body = legacy_scalar_body(tag);
  std::string out;
  wire::put_bytes_header(out, kSummaryValueField, body.size() + sizeof(float));
  return out + body;
}

// A whole `Summary.value` field; `metadata` may be empty.
inline void append_legacy_scalar(std::string& out, std::string_view tag,
                                 float value, std::string_view metadata) {
  std::string body = legacy_scalar_body(tag);
  wire::put_fixed32(body, std::bit_cast<uint32_t>(value));
  wire::put_bytes(body, kValueMetadata, metadata);
  wire::put_bytes_always(out, kSummaryValueField, body);
}

// A HistogramProto. Its buckets begin and end with one that is not empty, since
// TensorBoard's data server draws empty ones there backwards.
inline absl::StatusOr<std::string> encode_legacy_histogram(
    const Histogram& histogram) {
  if (absl::Status status = check_histogram(histogram); !status.ok())
    return status;
  const auto& counts = histogram.counts;
  size_t first = 0;
  size_t last = counts.size();
  while (first < last && counts[first] == 0) ++first;
  while (last > first && counts[last - 1] == 0) --last;
  std::string limits;
  std::string buckets;
  for (size_t i = first; i < last; ++i) {
    wire::put_fixed64(limits, std::bit_cast<uint64_t>(histogram.edges[i + 1]));
    wire::put_fixed64(buckets,
                      std::bit_cast<uint64_t>(static_cast<double>(counts[i])));
  }
  enum Field : uint32_t {
    kMin = 1,
    kMax = 2,
    kNum = 3,
    kSum = 4,
    kSumSquares = 5,
    kBucketLimit = 6,
    kBucket = 7
  };
  std::string out;
  wire::put_double(out, kMin, histogram.min);
  wire::put_double(out, kMax, histogram.max);
  wire::put_double(out, kNum, static_cast<double>(histogram.num));
  wire::put_double(out, kSum, histogram.sum);
  wire::put_double(out, kSumSquares, histogram.sum_squares);
  wire::put_bytes(out, kBucketLimit, limits);
  wire::put_bytes(out, kBucket, buckets);
  return out;
}

// A Summary.Image. `channels`: 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA.
inline std::string encode_legacy_image(int32_t width, int32_t height,
                                       int32_t channels,
                                       std::string_view encoded) {
  enum Field : uint32_t {
    kHeight = 1,
    kWidth = 2,
    kColorspace = 3,
    kBytes = 4
  };
  std::string out;
  wire::put_int64(out, kHeight, height);
  wire::put_int64(out, kWidth, width);
  wire::put_int64(out, kColorspace, channels);
  wire::put_bytes(out, kBytes, encoded);
  return out;
}

// A Summary.Audio of one clip.
inline std::string encode_legacy_audio(const WavHeader& header,
                                       std::string_view wav) {
  enum Field : uint32_t {
    kSampleRate = 1,
    kNumChannels = 2,
    kLengthFrames = 3,
    kBytes = 4,
    kContentType = 5
  };
  std::string out;
  wire::put_varint(out, wire::key(kSampleRate, wire::kFixed32));
  wire::put_fixed32(
      out, std::bit_cast<uint32_t>(static_cast<float>(header.sample_rate_hz)));
  wire::put_int64(out, kNumChannels, header.channels);
  wire::put_int64(out, kLengthFrames, static_cast<int64_t>(header.frames));
  wire::put_bytes(out, kBytes, wav);
  wire::put_bytes(out, kContentType, "audio/wav");
  return out;
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_LEGACY_H_
