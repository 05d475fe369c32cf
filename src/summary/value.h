// SPDX-License-Identifier: Apache-2.0
//
// Summary.value: one tagged tensor, the form that all kinds share. Thread-safe.

#ifndef TBLOG_SRC_SUMMARY_VALUE_H_
#define TBLOG_SRC_SUMMARY_VALUE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tblog::internal {

// Field numbers of Summary and Summary.Value. Source:
// tensorflow/tensorboard:tensorboard/compat/proto/summary.proto.
constexpr uint32_t kSummaryValueField = 1;
enum ValueField : uint32_t {
  kValueTag = 1,
  kValueSimple = 2,     // a scalar as old tools know it
  kValueImage = 4,      // likewise
  kValueHistogram = 5,  // likewise
  kValueAudio = 6,      // likewise
  kValueTensor = 8,
  kValueMetadata = 9
};

// Appends a whole `Summary.value` field. `message` is encoded: a TensorProto,
// or what else `field` holds; `metadata` an encoded SummaryMetadata or empty,
// which leaves it out.
void append_value(std::string& out, std::string_view tag,
                  std::string_view message, std::string_view metadata,
                  ValueField field = kValueTensor);

// The same but for the end of `message`, `rest` bytes, and the metadata: they
// are appended next, the latter by append_metadata().
void append_value_head(std::string& out, std::string_view tag,
                       std::string_view message, size_t rest,
                       std::string_view metadata, ValueField field);
void append_metadata(std::string& out, std::string_view metadata);

// Bytes that append_value() appends.
size_t value_size(std::string_view tag, size_t message_bytes,
                  size_t metadata_bytes);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_VALUE_H_
