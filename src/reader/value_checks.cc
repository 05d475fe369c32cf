// SPDX-License-Identifier: Apache-2.0

#include "src/reader/value_checks.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>

#include "absl/strings/str_cat.h"
#include "src/base/endian.h"
#include "src/base/strings.h"
#include "src/event/wire_reader.h"
#include "src/reader/plain_value.h"
#include "src/reader/plugin_decoder.h"
#include "src/reader/tensor_decoder.h"
#include "src/reader/value_decoder.h"

namespace tblog::internal {
namespace {

using Value = proto::Summary::Value;

// The last tensor type that TensorBoard decodes (quint16, uint16, complex128,
// half), but for bfloat16 in between; 22 and 23, unsigned, from tensor_content.
bool is_decodable(int dtype) {
  return dtype >= 1 && dtype <= 23 && dtype != proto::DT_BFLOAT16 &&
         dtype != 20 && dtype != 21;
}

void check_tensor_traps(const proto::TensorProto& tensor,
                        const TellTrap& tell) {
  const int dtype = tensor.dtype();
  if (dtype == proto::DT_STRING && !tensor.tensor_content().empty()) {
    tell(TrapId::kTensorEncoding, "strings in tensor_content");
  } else if (tensor.uint32_val_size() + tensor.uint64_val_size() > 0) {
    tell(TrapId::kTensorEncoding, "unsigned numbers in uint32_val, uint64_val");
  } else if (!is_decodable(dtype)) {
    tell(TrapId::kTensorUndecodable, absl::StrCat("dtype ", dtype));
  } else if (absl::Status status = tensor_layout(tensor).status();
             !status.ok()) {
    tell(TrapId::kTensorRepeat, std::string(status.message()));
  }
}

void check_histogram(const Value& value, const TellTrap& tell) {
  if (value.has_histo()) {
    const auto& old = value.histo();
    double sum = 0;
    for (const double count : old.bucket()) sum += count;
    if (old.bucket_size() != old.bucket_limit_size() ||
        std::abs(sum - old.num()) > 0.5 + 1e-6 * std::abs(old.num())) {
      tell(
          TrapId::kHistogramRange,
          absl::StrCat(old.bucket_limit_size(), " limits, ", old.bucket_size(),
                       " counts that add up to ", sum, ", num is ", old.num()));
    }
    if (old.bucket_size() > 1 &&
        (old.bucket(0) == 0 || old.bucket(old.bucket_size() - 1) == 0))
      tell(TrapId::kHistogramOuterBuckets, "the first or last bucket is empty");
  }
  absl::StatusOr<HistogramValue> histogram = decode_histogram(value);
  if (!histogram.ok()) {
    if (!value.has_histo())
      tell(TrapId::kHistogramShape, std::string(histogram.status().message()));
    return;
  }
  for (const HistogramBucket& bucket : histogram->buckets) {
    if (std::isfinite(bucket.left) && std::isfinite(bucket.right) &&
        std::isfinite(bucket.count))
      continue;
    tell(TrapId::kHistogramFinite,
         absl::StrCat("a bucket from ", bucket.left, " to ", bucket.right,
                      " with ", bucket.count));
    return;
  }
}

// By their magic numbers, as TensorBoard looks at them.
bool is_shown_image(std::string_view bytes) {
  return bytes.starts_with("\x89PNG\r\n\x1a\n") ||
         bytes.starts_with("\xff\xd8") || bytes.starts_with("GIF87a") ||
         bytes.starts_with("GIF89a") || bytes.starts_with("BM");
}

void check_image(const Value& value, const TellTrap& tell) {
  absl::StatusOr<ImageValue> image = decode_image(value);
  if (!image.ok())
    return tell(TrapId::kImageShape, std::string(image.status().message()));
  for (const std::string& one : image->images) {
    if (is_shown_image(one)) continue;
    return tell(
        TrapId::kImageEncoding,
        absl::StrCat("it begins with \"",
                     escaped(std::string_view(one).substr(0, 12)), "\""));
  }
}

void check_audio(const Value& value, std::string_view content,
                 const TellTrap& tell) {
  if (value.has_audio()) {
    if (content.find("\x10\x0b") == std::string_view::npos)
      tell(TrapId::kAudioContent, "the old form, without an encoding");
    return;
  }
  if (absl::Status status = decode_audio(value).status(); !status.ok())
    return tell(TrapId::kAudioClipCount, std::string(status.message()));
  if (content.find("\x10\x0b") == std::string_view::npos)
    tell(TrapId::kAudioContent, "the content has no encoding WAV");
}

void check_text(const Value& value, const TellTrap& tell) {
  absl::StatusOr<TextValue> text = decode_text(value);
  if (!text.ok())
    return tell(TrapId::kTextUtf8, std::string(text.status().message()));
  if (text->shape.size() > 2)
    tell(TrapId::kTextTable, absl::StrCat("the rank is ", text->shape.size()));
}

void check_curve(const Value& value, const TellTrap& tell) {
  constexpr double kExact = 1 << 24;  // float32 counts no further
  absl::StatusOr<PrCurveValue> curve = decode_pr_curve(value);
  if (!curve.ok())
    return tell(TrapId::kPrShape, std::string(curve.status().message()));
  if (curve->recall.size() < 2)
    return tell(TrapId::kPrShape, "it has one threshold");
  if (value.tensor().dtype() != proto::DT_FLOAT) return;
  for (const std::vector<double>* counts :
       {&curve->true_positives, &curve->false_positives, &curve->true_negatives,
        &curve->false_negatives}) {
    for (const double count : *counts) {
      if (count > kExact)
        return tell(TrapId::kPrCounts, absl::StrCat("a count of ", count));
    }
  }
}

void check_mesh_dtype(const Value& value, std::string_view content,
                      const TellTrap& tell) {
  absl::StatusOr<MeshContent> mesh = decode_mesh_content(content);
  if (!mesh.ok()) return;  // told already
  const int dtype = value.tensor().dtype();
  const bool as_served =
      (mesh->part == MeshPart::kVertices && dtype == proto::DT_FLOAT) ||
      (mesh->part == MeshPart::kFaces && dtype == proto::DT_INT32) ||
      (mesh->part == MeshPart::kColors && dtype == proto::DT_UINT8);
  if (!as_served) tell(TrapId::kMeshDtypes, absl::StrCat("dtype ", dtype));
}

bool are_finite(std::string_view doubles) {
  for (; doubles.size() >= 8; doubles.remove_prefix(8)) {
    if (!std::isfinite(std::bit_cast<double>(load_le64(doubles.data()))))
      return false;
  }
  return true;
}

bool is_harmless_tensor(ValueKind kind, const PlainTensor& tensor) {
  switch (kind) {
    case ValueKind::kHistogram:
      return tensor.dtype == proto::DT_DOUBLE && tensor.rank == 2 &&
             tensor.shape[1] == 3 && are_finite(tensor.bytes);
    case ValueKind::kImage: {
      int i = 0;
      bool shown = true;
      for_each_string(tensor, [&](std::string_view text) {
        shown = shown && (i++ < 2 || is_shown_image(text));
      });
      return shown;
    }
    case ValueKind::kText:
      return tensor.rank <= 2;
    case ValueKind::kTensor:
    case ValueKind::kOther:
      return is_decodable(tensor.dtype);
    default:
      return false;
  }
}

bool is_finite(const HParamsValue& hparams) {
  const auto* start = std::get_if<HParamsValue::SessionStart>(&hparams.what);
  if (start == nullptr) return true;
  for (const auto& [name, value] : start->hparams) {
    const double* number = std::get_if<double>(&value);
    if (number != nullptr && !std::isfinite(*number)) return false;
  }
  return true;
}

}  // namespace

void check_content(std::string_view plugin, std::string_view content,
                   const TellTrap& tell) {
  const bool is_text = plugin == "text" || plugin == "histograms";
  if (content.empty() || (is_text && content == "{}")) return;
  if (plugin.starts_with("graph_run_metadata") ||
      plugin == "graph_keras_model") {
    if (content != "1")
      tell(TrapId::kRunMetadataContent,
           absl::StrCat("it is \"", escaped(content, 40), "\""));
    return;
  }
  if (plugin != "scalars" && plugin != "images" && plugin != "audio" &&
      plugin != "pr_curves" && plugin != "mesh" && plugin != "hparams" &&
      plugin != "custom_scalars" && !is_text)
    return;
  wire::WireReader fields(content);
  uint64_t version = 0;
  while (fields.next()) {
    if (fields.is(1, wire::kVarint)) version = fields.number();
  }
  if (!fields.ok())
    return tell(TrapId::kPluginContent,
                absl::StrCat("it is \"", escaped(content, 40), "\""));
  if (version != 0)
    return tell(TrapId::kPluginVersion, absl::StrCat("version ", version));
  absl::Status status;
  if (plugin == "mesh") status = decode_mesh_content(content).status();
  if (plugin == "hparams") status = decode_hparams(content).status();
  if (!status.ok())
    return tell(TrapId::kPluginContent, std::string(status.message()));
  if (plugin == "hparams" && !is_finite(*decode_hparams(content)))
    tell(TrapId::kHparamsFinite, "a number that is not finite");
}

bool is_harmless(ValueKind kind, const ValueView& value) {
  PlainTensor tensor;
  return value.form == Form::kTensor && is_plain_and_right(kind, value) &&
         parse_plain_tensor(value.body, &tensor) &&
         is_harmless_tensor(kind, tensor);
}

void check_scalar(const ValueView& value, const TellTrap& tell) {
  if (const std::optional<double> number = decode_float_scalar(value);
      number.has_value() && std::isfinite(*number))
    return;
  absl::StatusOr<double> number = decode_scalar(value);
  if (number.ok() && !std::isfinite(*number)) {
    tell(TrapId::kScalarNotFinite, absl::StrCat("it is ", *number));
  }
  if (value.form != Form::kTensor) return;
  // The plain one: a dtype of float, at most an empty shape, one number.
  Value whole;
  if (!parse_message(value.encoded, &whole).ok()) return;
  check_tensor_traps(whole.tensor(), tell);
  if (whole.tensor().dtype() != proto::DT_FLOAT ||
      whole.tensor().tensor_shape().dim_size() != 0) {
    tell(TrapId::kScalarFloat32,
         absl::StrCat("dtype ", whole.tensor().dtype(), ", rank ",
                      whole.tensor().tensor_shape().dim_size()));
  }
}

void check_value_traps(ValueKind kind, const Value& value,
                       std::string_view content, const TellTrap& tell) {
  if (value.has_tensor() && kind != ValueKind::kImage &&
      kind != ValueKind::kHistogram)
    check_tensor_traps(value.tensor(), tell);
  switch (kind) {
    case ValueKind::kHistogram:
      return check_histogram(value, tell);
    case ValueKind::kImage:
      return check_image(value, tell);
    case ValueKind::kAudio:
      return check_audio(value, content, tell);
    case ValueKind::kText:
      return check_text(value, tell);
    case ValueKind::kPrCurve:
      return check_curve(value, tell);
    case ValueKind::kMesh:
      return check_mesh_dtype(value, content, tell);
    case ValueKind::kLayout:
      if (absl::Status status = decode_layout(value).status(); !status.ok())
        tell(TrapId::kLayoutOneString, std::string(status.message()));
      return;
    case ValueKind::kGraph:
      if (auto bytes = single_string(value, "graph"); bytes.ok())
        check_graph(*bytes, tell);
      else
        tell(TrapId::kGraphParsable, std::string(bytes.status().message()));
      return;
    default:
      return;
  }
}

}  // namespace tblog::internal
