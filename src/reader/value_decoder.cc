// SPDX-License-Identifier: Apache-2.0

#include "src/reader/value_decoder.h"

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "src/base/endian.h"
#include "src/base/strings.h"
#include "src/event/wire_reader.h"
#include "src/reader/plugin_decoder.h"
#include "src/reader/tensor_decoder.h"

namespace tblog::internal {
namespace {

using wire::WireReader;
using Value = proto::Summary::Value;

// libprotobuf prints a line on stderr for each string that is not valid UTF-8,
// so that it must not meet one. `check` looks at one field of the message.
template <class F>
bool all_fields(std::string_view message, F&& check) {
  WireReader fields(message);
  while (fields.next()) {
    if (fields.is(fields.field(), wire::kBytes) &&
        !check(fields.field(), fields.bytes())) {
      return false;
    }
  }
  return fields.ok();
}

}  // namespace

bool metadata_is_text(std::string_view metadata) {
  return all_fields(metadata, [](uint32_t field, std::string_view bytes) {
    if (field == 2 || field == 3) return is_valid_utf8(bytes);
    if (field != 1) return true;
    return all_fields(bytes, [](uint32_t inner, std::string_view name) {
      return inner != 1 || is_valid_utf8(name);
    });
  });
}

namespace {

bool shape_is_text(std::string_view shape) {
  return all_fields(shape, [](uint32_t field, std::string_view dim) {
    return field != 2 ||
           all_fields(dim, [](uint32_t inner, std::string_view name) {
             return inner != 2 || is_valid_utf8(name);
           });
  });
}

bool value_is_text(std::string_view value) {
  return all_fields(value, [](uint32_t field, std::string_view bytes) {
    switch (field) {
      case 1:
      case 7:
        return is_valid_utf8(bytes);
      case 6:
        return all_fields(bytes, [](uint32_t inner, std::string_view type) {
          return inner != 5 || is_valid_utf8(type);
        });
      case 8:
        return all_fields(bytes, [](uint32_t inner, std::string_view shape) {
          return inner != 2 || shape_is_text(shape);
        });
      case 9:
        return metadata_is_text(bytes);
      default:
        return true;
    }
  });
}

absl::Status not_a(std::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("value that is no ", to_absl(what)));
}

// A scalar as nearly every writer encodes it: a tensor without dimensions, of
// one float or double. None for every other, which the generated class decides.
std::optional<double> plain_scalar(std::string_view tensor, uint64_t* type) {
  WireReader fields(tensor);
  uint64_t& dtype = *type;
  std::string_view bytes;
  int values = 0;
  while (fields.next()) {
    if (fields.is(1, wire::kVarint)) {
      dtype = fields.number();
    } else if (fields.is(2, wire::kBytes)) {
      if (!fields.bytes().empty()) return std::nullopt;
    } else if ((fields.field() == 4 ||
                fields.field() == (dtype == proto::DT_FLOAT ? 5 : 6)) &&
               fields.is(fields.field(), wire::kBytes)) {
      bytes = fields.bytes();
      ++values;
    } else {
      return std::nullopt;
    }
  }
  if (!fields.ok() || values != 1) return std::nullopt;
  if (dtype == proto::DT_FLOAT && bytes.size() == 4) {
    return std::bit_cast<float>(load_le32(bytes.data()));
  }
  if (dtype == proto::DT_DOUBLE && bytes.size() == 8) {
    return std::bit_cast<double>(load_le64(bytes.data()));
  }
  return std::nullopt;
}

absl::StatusOr<double> single_number(const proto::TensorProto& tensor) {
  absl::StatusOr<TensorLayout> layout = tensor_layout(tensor);
  if (!layout.ok()) return layout.status();
  if (layout->size != 1) return not_a("single number");
  absl::StatusOr<TensorValue> value = decode_tensor(tensor);
  if (!value.ok()) return value.status();
  absl::StatusOr<std::vector<double>> numbers = value->numbers();
  if (!numbers.ok()) return numbers.status();
  return (*numbers)[0];
}

// Removes empty outer buckets and puts minimum and maximum at the ends, as
// tensorflow/tensorboard:tensorboard/data_compat.py does.
absl::StatusOr<HistogramValue> from_old_histogram(
    const proto::HistogramProto& old) {
  if (old.bucket_limit_size() != old.bucket_size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("histogram of ", old.bucket_limit_size(), " limits and ",
                     old.bucket_size(), " counts"));
  }
  int first = 0;
  int end = old.bucket_size();
  while (first < end && old.bucket(first) == 0) ++first;
  while (end > first && old.bucket(end - 1) == 0) --end;
  HistogramValue value;
  for (int i = first; i < end; ++i) {
    value.buckets.push_back({i == first ? old.min() : old.bucket_limit(i - 1),
                             i == end - 1 ? old.max() : old.bucket_limit(i),
                             old.bucket(i)});
  }
  return value;
}

// The layout of a tensor of strings with a rank in between.
absl::StatusOr<TensorLayout> strings_layout(const Value& value,
                                            std::string_view what,
                                            size_t min_rank, size_t max_rank) {
  if (value.value_case() != Value::kTensor) return not_a(what);
  absl::StatusOr<TensorLayout> layout = tensor_layout(value.tensor());
  if (!layout.ok()) return layout.status();
  if (layout->dtype.has_value() || layout->shape.size() < min_rank ||
      layout->shape.size() > max_rank) {
    return not_a(what);
  }
  return layout;
}

// Width and height of an image tensor, whose first two strings they are.
absl::StatusOr<ImageValue> image_size(const Value& value) {
  absl::StatusOr<TensorLayout> layout = strings_layout(value, "image", 1, 1);
  if (!layout.ok()) return layout.status();
  const proto::TensorProto& tensor = value.tensor();
  ImageValue image;
  if (layout->repeated || layout->size < 2 ||
      !absl::SimpleAtoi(tensor.string_val(0), &image.width) ||
      !absl::SimpleAtoi(tensor.string_val(1), &image.height) ||
      image.width < 0 || image.height < 0) {
    return absl::InvalidArgumentError("image without width and height");
  }
  return image;
}

// [clip, …] or [[clip, label], …].
absl::StatusOr<TensorLayout> audio_layout(const Value& value) {
  absl::StatusOr<TensorLayout> layout = strings_layout(value, "audio", 0, 2);
  if (!layout.ok()) return layout.status();
  if (layout->repeated ||
      (layout->shape.size() == 2 && layout->shape[1] != 2)) {
    return not_a("audio");
  }
  return layout;
}

absl::StatusOr<TensorLayout> text_layout(const Value& value) {
  absl::StatusOr<TensorLayout> layout =
      strings_layout(value, "text", 0, SIZE_MAX);
  if (!layout.ok()) return layout.status();
  for (const std::string& text : value.tensor().string_val()) {
    if (!is_valid_utf8(text)) {
      return absl::InvalidArgumentError("text that is not valid UTF-8");
    }
  }
  return layout;
}

absl::Status check_tensor(const Value& value) {
  if (value.value_case() != Value::kTensor) return not_a("tensor");
  return tensor_layout(value.tensor()).status();
}

// What stands in the metadata, or nowhere: then the series' own are looked at
// when it is read.
absl::Status check_content(ValueKind kind, const Value& value) {
  if (!value.has_metadata()) return absl::OkStatus();
  const std::string& content = value.metadata().plugin_data().content();
  return kind == ValueKind::kMesh ? decode_mesh_content(content).status()
                                  : decode_hparams(content).status();
}

}  // namespace

absl::Status parse_message(std::string_view encoded, Value* value) {
  if (value_is_text(encoded) &&
      value->ParseFromArray(encoded.data(), static_cast<int>(encoded.size()))) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "value that is malformed, or has text that is not valid UTF-8");
}

absl::StatusOr<SeriesMetadata> decode_metadata(const ValueView& value) {
  proto::SummaryMetadata metadata;
  if (value.in_parts) {
    Value whole;
    absl::Status status = parse_message(value.encoded, &whole);
    if (!status.ok()) return status;
    metadata = whole.metadata();
  } else if (!metadata_is_text(value.metadata) ||
             !metadata.ParseFromArray(
                 value.metadata.data(),
                 static_cast<int>(value.metadata.size()))) {
    return absl::InvalidArgumentError(
        "metadata that is malformed, or has text that is not valid UTF-8");
  }
  return SeriesMetadata{
      metadata.plugin_data().plugin_name(), metadata.plugin_data().content(),
      metadata.display_name(), metadata.summary_description()};
}

std::string_view plugin_of(Form form) {
  switch (form) {
    case Form::kSimpleValue:
      return "scalars";
    case Form::kHistogram:
      return "histograms";
    case Form::kImage:
      return "images";
    case Form::kAudio:
      return "audio";
    default:
      return "";
  }
}

ValueKind kind_of(Form form, std::string_view plugin) {
  if (std::string_view own = plugin_of(form); !own.empty()) plugin = own;
  if (plugin.empty() || plugin == kTensorPlugin) return ValueKind::kTensor;
  if (plugin == "scalars") return ValueKind::kScalar;
  if (plugin == "histograms") return ValueKind::kHistogram;
  if (plugin == "images") return ValueKind::kImage;
  if (plugin == "audio") return ValueKind::kAudio;
  if (plugin == "text") return ValueKind::kText;
  if (plugin == "pr_curves") return ValueKind::kPrCurve;
  if (plugin == "mesh") return ValueKind::kMesh;
  if (plugin == "custom_scalars") return ValueKind::kLayout;
  if (plugin == "hparams") return ValueKind::kHParams;
  if (plugin == kGraphPlugin) return ValueKind::kGraph;
  if (plugin == kRunMetadataPlugin || plugin == "graph_run_metadata" ||
      plugin == "graph_run_metadata_graph") {
    return ValueKind::kRunMetadata;
  }
  if (plugin == kSessionPlugin) return ValueKind::kSession;
  return ValueKind::kOther;
}

std::optional<double> decode_float_scalar(const ValueView& value) {
  if (value.form == Form::kSimpleValue) return value.simple_value;
  if (value.form != Form::kTensor || value.in_parts) return std::nullopt;
  uint64_t dtype = 0;
  const std::optional<double> number = plain_scalar(value.body, &dtype);
  return dtype == proto::DT_FLOAT ? number : std::nullopt;
}

absl::StatusOr<double> decode_scalar(const ValueView& value) {
  if (value.form == Form::kSimpleValue) return value.simple_value;
  if (value.form != Form::kTensor) return not_a("scalar");
  if (!value.in_parts) {
    uint64_t dtype = 0;
    if (std::optional<double> number = plain_scalar(value.body, &dtype))
      return *number;
  }
  Value whole;
  absl::Status status = parse_message(value.encoded, &whole);
  if (!status.ok()) return status;
  return single_number(whole.tensor());
}

absl::StatusOr<HistogramValue> decode_histogram(const Value& value) {
  if (value.has_histo()) return from_old_histogram(value.histo());
  if (!value.has_tensor()) return not_a("histogram");
  absl::StatusOr<TensorLayout> layout = tensor_layout(value.tensor());
  if (!layout.ok()) return layout.status();
  // A repeated element means nothing here, and may be repeated very often.
  if (layout->repeated || layout->shape.size() != 2 || layout->shape[1] != 3) {
    return not_a("histogram: its shape is not [k, 3]");
  }
  absl::StatusOr<TensorValue> tensor = decode_tensor(value.tensor());
  if (!tensor.ok()) return tensor.status();
  absl::StatusOr<std::vector<double>> numbers = tensor->numbers();
  if (!numbers.ok()) return numbers.status();
  HistogramValue histogram;
  for (size_t i = 0; i + 3 <= numbers->size(); i += 3) {
    histogram.buckets.push_back(
        {(*numbers)[i], (*numbers)[i + 1], (*numbers)[i + 2]});
  }
  return histogram;
}

absl::StatusOr<ImageValue> decode_image(const Value& value) {
  if (value.has_image()) {
    const auto& old = value.image();
    return ImageValue{old.width(), old.height(), {old.encoded_image_string()}};
  }
  absl::StatusOr<ImageValue> image = image_size(value);
  if (!image.ok()) return image.status();
  const auto& strings = value.tensor().string_val();
  image->images.assign(strings.begin() + 2, strings.end());
  return image;
}

absl::StatusOr<AudioValue> decode_audio(const Value& value) {
  if (value.has_audio()) {
    const auto& old = value.audio();
    return AudioValue{{old.encoded_audio_string()},
                      {},
                      old.sample_rate(),
                      old.num_channels(),
                      old.length_frames(),
                      old.content_type()};
  }
  absl::StatusOr<TensorLayout> layout = audio_layout(value);
  if (!layout.ok()) return layout.status();
  AudioValue audio;
  const bool labelled = layout->shape.size() == 2;
  bool is_label = false;
  for (const std::string& part : value.tensor().string_val()) {
    (is_label ? audio.labels : audio.clips).push_back(part);
    is_label = labelled && !is_label;
  }
  return audio;
}

absl::StatusOr<TextValue> decode_text(const Value& value) {
  absl::StatusOr<TensorLayout> layout = text_layout(value);
  if (!layout.ok()) return layout.status();
  absl::StatusOr<TensorValue> tensor = decode_tensor(value.tensor());
  if (!tensor.ok()) return tensor.status();
  return TextValue{std::move(tensor->shape), std::move(tensor->strings)};
}

absl::Status check_value(ValueKind kind, const Value& value) {
  switch (kind) {
    case ValueKind::kHistogram:
      return decode_histogram(value).status();
    case ValueKind::kImage:
      return value.has_image() ? absl::OkStatus() : image_size(value).status();
    case ValueKind::kAudio:
      return value.has_audio() ? absl::OkStatus()
                               : audio_layout(value).status();
    case ValueKind::kText:
      return text_layout(value).status();
    case ValueKind::kOther:
      if (value.value_case() == Value::VALUE_NOT_SET) return absl::OkStatus();
      return check_tensor(value);
    case ValueKind::kTensor:
      return check_tensor(value);
    case ValueKind::kPrCurve:
      return check_pr_curve(value);
    case ValueKind::kMesh: {
      absl::Status status = check_mesh(value);
      return status.ok() ? check_content(kind, value) : status;
    }
    case ValueKind::kLayout:
      return decode_layout(value).status();
    case ValueKind::kHParams:
      return check_content(kind, value);
    case ValueKind::kGraph:
      return single_string(value, "graph").status();
    case ValueKind::kRunMetadata:
      return single_string(value, "run metadata").status();
    case ValueKind::kSession:
    case ValueKind::kEmbedding:
      return not_a("value of a summary");
    case ValueKind::kScalar:
      break;
  }
  return absl::OkStatus();
}

}  // namespace tblog::internal
