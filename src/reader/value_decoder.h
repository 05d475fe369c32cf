// SPDX-License-Identifier: Apache-2.0
//
// Values of summaries, old and new forms, as what they mean.

#ifndef TBLOG_SRC_READER_VALUE_DECODER_H_
#define TBLOG_SRC_READER_VALUE_DECODER_H_

#include <optional>
#include <string_view>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/event/event_decoder.h"
#include "tblog/event_reader.h"
#include "tblog/proto/summary.pb.h"

namespace tblog::internal {

// The plugins of what an event holds beside its summary, and the tag of graphs,
// as both of TensorBoard's readers give them.
constexpr std::string_view kGraphPlugin = "graphs";
constexpr std::string_view kGraphTag = "__run_graph__";
constexpr std::string_view kRunMetadataPlugin = "graph_tagged_run_metadata";
// Those of session logs, which neither reader gives.
constexpr std::string_view kSessionPlugin = "session_log";
constexpr std::string_view kSessionTag = "__session_log__";
// What SummaryWriter::tensor() claims; no plugin of TensorBoard does.
constexpr std::string_view kTensorPlugin = "tblog_tensor";

// Errors: InvalidArgument where it is malformed or has invalid UTF-8.
absl::StatusOr<SeriesMetadata> decode_metadata(const ValueView& value);

// The kind of a value whose series belongs to `plugin`. The old forms say it
// themselves.
ValueKind kind_of(Form form, std::string_view plugin);
// The plugin that an old form stands for; empty for a tensor.
std::string_view plugin_of(Form form);

// A scalar that is one float, as nearly all are; none: it is not, or
// decode_scalar() must say.
std::optional<double> decode_float_scalar(const ValueView& value);
// Errors: InvalidArgument, as for all below, where the value contradicts itself
// or is not of that kind.
absl::StatusOr<double> decode_scalar(const ValueView& value);

absl::StatusOr<HistogramValue> decode_histogram(
    const proto::Summary::Value& value);
absl::StatusOr<ImageValue> decode_image(const proto::Summary::Value& value);
absl::StatusOr<AudioValue> decode_audio(const proto::Summary::Value& value);
absl::StatusOr<TextValue> decode_text(const proto::Summary::Value& value);

// Whether `value` can be decoded as `kind`. Allocates no more than the value's
// own size. Does not look into graphs and run metadata, which may be large, nor
// at the range of numbers.
absl::Status check_value(ValueKind kind, const proto::Summary::Value& value);

// Whether the bytes are metadata that libprotobuf can parse.
bool metadata_is_text(std::string_view metadata);

// Parses the encoded value.
absl::Status parse_message(std::string_view encoded,
                           proto::Summary::Value* value);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_VALUE_DECODER_H_
