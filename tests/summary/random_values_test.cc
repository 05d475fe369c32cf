// SPDX-License-Identifier: Apache-2.0
//
// What all kinds share, over random values: byte for byte as the generated
// classes write it.

#include "tests/summary/random_values.h"

#include <gtest/gtest.h>

#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "src/summary/audio.h"
#include "src/summary/image.h"
#include "src/summary/legacy.h"
#include "src/summary/metadata.h"
#include "src/summary/tensor_proto.h"
#include "src/summary/text.h"
#include "src/summary/value.h"
#include "tests/summary/encoded.h"

namespace tblog::internal {
namespace {

constexpr int kRounds = 2000;

TEST(RandomValuesTest, MetadataIsAsGeneratedCodeWritesIt) {
  RandomValues random(1);
  for (int round = 0; round < kRounds; ++round) {
    const std::string plugin = random.text(20);
    const std::string content = random.bytes();
    const DataClass data_class{1 + static_cast<uint32_t>(random.below(3))};
    proto::SummaryMetadata metadata;
    metadata.mutable_plugin_data()->set_plugin_name(plugin);
    metadata.mutable_plugin_data()->set_content(content);
    metadata.set_display_name(random.text());
    metadata.set_summary_description(random.text());
    metadata.set_data_class(static_cast<proto::DataClass>(data_class));
    ASSERT_EQ(
        encode_metadata({plugin, data_class, content}, metadata.display_name(),
                        metadata.summary_description()),
        bytes_of(metadata));
  }
}

TEST(RandomValuesTest, ValuesAreAsGeneratedCodeWritesThem) {
  RandomValues random(2);
  for (int round = 0; round < kRounds; ++round) {
    proto::Summary summary;
    proto::Summary::Value& value = *summary.add_value();
    value.set_tag("t" + random.text());
    value.mutable_tensor()->set_dtype(proto::DT_STRING);
    value.mutable_tensor()->add_string_val(random.bytes());
    if (random.flag())
      value.mutable_metadata()->set_display_name(random.text());
    const std::string tensor = bytes_of(value.tensor());
    const std::string metadata = bytes_of(value.metadata());
    if (metadata.empty()) value.clear_metadata();
    std::string out;
    append_value(out, value.tag(), tensor, metadata);
    ASSERT_EQ(out, bytes_of(summary));
    ASSERT_EQ(value_size(value.tag(), tensor.size(), metadata.size()),
              out.size());
  }
}

TEST(RandomValuesTest, NumericTensorsAreAsGeneratedCodeWritesThem) {
  RandomValues random(3);
  constexpr DataType kTypes[] = {DataType::kFloat,    DataType::kDouble,
                                 DataType::kInt8,     DataType::kUint64,
                                 DataType::kHalf,     DataType::kBool,
                                 DataType::kComplex64};
  for (int round = 0; round < kRounds; ++round) {
    const DataType type = kTypes[random.below(std::size(kTypes))];
    proto::TensorProto tensor;
    tensor.set_dtype(static_cast<proto::DataType>(type));
    std::vector<int64_t> shape(random.below(9));
    for (int64_t& size : shape) {
      size = static_cast<int64_t>(
          random.below(3) == 0 ? 0 : random.below(1u << 31));
      tensor.mutable_tensor_shape()->add_dim()->set_size(size);
    }
    tensor.set_tensor_content(random.bytes());
    ASSERT_EQ(encode_numeric_tensor(type, shape, tensor.tensor_content()),
              bytes_of(tensor));
  }
}

TEST(RandomValuesTest, TextsAndImagesAreAsGeneratedCodeWritesThem) {
  RandomValues random(4);
  for (int round = 0; round < kRounds; ++round) {
    proto::TensorProto text;
    text.set_dtype(proto::DT_STRING);
    text.add_string_val(random.text());
    ASSERT_EQ(encode_text(text.string_val(0)), bytes_of(text));

    const auto width = static_cast<int32_t>(random.below(1u << 31));
    const auto height = static_cast<int32_t>(random.below(1u << 31));
    proto::TensorProto image;
    image.set_dtype(proto::DT_STRING);
    image.mutable_tensor_shape()->add_dim()->set_size(3);
    image.add_string_val(std::to_string(width));
    image.add_string_val(std::to_string(height));
    image.add_string_val(random.bytes());
    ASSERT_EQ(encode_image_summary(width, height, image.string_val(2)),
              bytes_of(image));
  }
}

TEST(RandomValuesTest, TablesAndBatchesAreAsGeneratedCodeWritesThem) {
  RandomValues random(5);
  for (int round = 0; round < kRounds; ++round) {
    proto::TensorProto tensor;
    tensor.set_dtype(proto::DT_STRING);
    const int64_t shape[] = {static_cast<int64_t>(random.below(5)),
                             static_cast<int64_t>(random.below(5))};
    for (const int64_t size : shape)
      tensor.mutable_tensor_shape()->add_dim()->set_size(size);
    for (int64_t i = 0; i < shape[0] * shape[1]; ++i)
      tensor.add_string_val(random.bytes());
    const std::vector<std::string_view> strings(tensor.string_val().begin(),
                                                tensor.string_val().end());
    ASSERT_EQ(encode_strings_tensor(shape, strings), bytes_of(tensor));
  }
}

TEST(RandomValuesTest, AudioIsAsGeneratedCodeWritesIt) {
  RandomValues random(6);
  for (int round = 0; round < kRounds; ++round) {
    proto::TensorProto tensor;
    tensor.set_dtype(proto::DT_STRING);
    const auto clips = static_cast<int>(1 + random.below(4));
    tensor.mutable_tensor_shape()->add_dim()->set_size(clips);
    for (int i = 0; i < clips; ++i) tensor.add_string_val(random.bytes());
    const std::vector<std::string_view> wavs(tensor.string_val().begin(),
                                             tensor.string_val().end());
    ASSERT_EQ(encode_audio_summary(wavs), bytes_of(tensor));

    WavHeader header;
    header.channels = static_cast<uint32_t>(random.integer());
    header.sample_rate_hz = 1 + static_cast<uint32_t>(random.below(1u << 31));
    header.frames = static_cast<uint64_t>(random.integer());
    proto::Summary::Audio audio;
    audio.set_sample_rate(static_cast<float>(header.sample_rate_hz));
    audio.set_num_channels(header.channels);
    audio.set_length_frames(static_cast<int64_t>(header.frames));
    audio.set_encoded_audio_string(random.bytes());
    audio.set_content_type("audio/wav");
    ASSERT_EQ(encode_legacy_audio(header, audio.encoded_audio_string()),
              bytes_of(audio));
  }
}

}  // namespace
}  // namespace tblog::internal
