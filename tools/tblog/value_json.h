// SPDX-License-Identifier: Apache-2.0
//
// Values as JSON: what `show --json` gives as "value". docs/json.md lists the
// fields, which are promised to scripts.

#ifndef TBLOG_TOOLS_TBLOG_VALUE_JSON_H_
#define TBLOG_TOOLS_TBLOG_VALUE_JSON_H_

#include <stdexcept>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "tblog/log_reader.h"
#include "tools/tblog/json_output.h"

namespace tblog::tool {

// A value that cannot be read is a problem of the file, not the end of all.
class UnreadableValue : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <class T>
T value_or_throw(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  throw UnreadableValue(std::string(value.status().message()));
}

Json json_shape(const std::vector<int64_t>& shape);

// What stands for the bytes of images and clips.
enum class Blobs : unsigned char {
  kSize,    // "bytes"
  kBase64,  // and "base64"
};

// Throw UnreadableValue.
Json json_value(const Series& series, size_t index, Blobs blobs = Blobs::kSize);
// run tag kind step wall_time value
Json json_point(const std::string& run, const Series& series, size_t index,
                Blobs blobs = Blobs::kSize);
Json json_embedding(const EmbeddingFiles& embedding);

// "unspecified", "start", "stop", "checkpoint".
const char* session_status_name(SessionStatus status);
// "unknown", "success", "failure", "running".
const char* hparams_status_name(HParamsValue::Status status);
// "unset", "string", "bool", "float".
const char* hparams_type_name(HParamsValue::Type type);
// "unknown", "training", "validation".
const char* hparams_dataset_name(HParamsValue::Dataset dataset);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_VALUE_JSON_H_
