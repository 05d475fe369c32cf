// SPDX-License-Identifier: Apache-2.0
//
// Images in batches, grids and animations, audio, tables, and tensors that are
// widened.

#include <limits>
#include <string>
#include <vector>

#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class MediaTest : public WriterFixture {
 protected:
  MediaTest() { open(); }

  // The values of all events, in their order.
  std::vector<proto::Summary::Value> values() {
    std::vector<proto::Summary::Value> values;
    for (const proto::Event& event : events())
      for (const auto& value : event.summary().value()) values.push_back(value);
    return values;
  }
};

const uint8_t kPixels[24] = {0, 50, 100, 150, 200, 250};
const float kSamples[12] = {0, 0.5f, -0.5f};

TEST_F(MediaTest, ABatchIsOneValue) {
  writer_->images("x", TensorView(kPixels, {2, 3, 4, 1}), 1);
  const auto values = this->values();
  ASSERT_THAT(values, SizeIs(1));
  EXPECT_EQ(values[0].metadata().plugin_data().plugin_name(), "images");
  EXPECT_EQ(values[0].metadata().data_class(), proto::DATA_CLASS_BLOB_SEQUENCE);
  EXPECT_THAT(
      values[0].tensor().string_val(),
      ElementsAre("4", "3", StartsWith("\x89PNG"), StartsWith("\x89PNG")));
  EXPECT_EQ(values[0].tensor().tensor_shape().dim(0).size(), 4);
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(MediaTest, BatchesMayHaveOtherNumbersOfImages) {
  writer_->images("x", TensorView(kPixels, {2, 3, 4, 1}), 1);
  writer_->images("x", TensorView(kPixels, {3, 4, 1}), 2);
  const auto values = this->values();
  ASSERT_THAT(values, SizeIs(2));
  EXPECT_EQ(values[1].tensor().string_val_size(), 3);
}

TEST_F(MediaTest, AGridIsOneImage) {
  writer_->image_grid("x", TensorView(kPixels, {4, 2, 3, 1}), 1,
                      {.columns = 4});
  const auto values = this->values();
  ASSERT_THAT(values, SizeIs(1));
  EXPECT_THAT(values[0].tensor().string_val(),
              ElementsAre("15", "2", StartsWith("\x89PNG")));
}

TEST_F(MediaTest, AnAnimationIsOneImage) {
  writer_->animation("x", TensorView(kPixels, {4, 2, 3, 1}), 1);
  const auto values = this->values();
  ASSERT_THAT(values, SizeIs(1));
  EXPECT_THAT(
      values[0].tensor().string_val(),
      ElementsAre("3", "2", AllOf(StartsWith("\x89PNG"), HasSubstr("acTL"))));
}

TEST_F(MediaTest, BoxesAreRefusedOnceWhereTheyAreNowhere) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (int step = 0; step < 2; ++step)
    writer_->image("x", TensorView(kPixels, {2, 3, 1}), step,
                   {.boxes = {{1, 1, 2, kNan, "cat"}}});
  writer_->images("y", TensorView(kPixels, {2, 2, 3, 1}), 0,
                  {.boxes = {{.image = 2}}});
  EXPECT_THAT(values(), IsEmpty());
  EXPECT_EQ(writer_->stats().refused, 3u);
  EXPECT_THAT(reports(),
              ElementsAre(AllOf(HasSubstr("\"x\""), HasSubstr("bottom nan")),
                          HasSubstr("box 0 belongs to image 2 of 2")));
}

TEST_F(MediaTest, ClampingIsReportedOnceATag) {
  for (int step = 0; step < 2; ++step) {
    const float pixels[] = {0, 2};
    writer_->images("x", TensorView(pixels, {2, 1, 1}), step);
    writer_->image_grid("y", TensorView(pixels, {2, 1, 1, 1}), step);
    writer_->animation("z", TensorView(pixels, {2, 1, 1, 1}), step);
  }
  EXPECT_THAT(values(), SizeIs(6));
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("\"x\""), HasSubstr("\"y\""),
                                     HasSubstr("\"z\"")));
}

// ---- Audio ----

TEST_F(MediaTest, AudioIsAWavAClip) {
  writer_->audio("x", TensorView(kSamples, {2, 3, 2}), 1,
                 {.sample_rate_hz = 16'000});
  const auto values = this->values();
  ASSERT_THAT(values, SizeIs(1));
  const auto& metadata = values[0].metadata();
  EXPECT_EQ(metadata.plugin_data().plugin_name(), "audio");
  EXPECT_EQ(metadata.plugin_data().content(), "\x10\x0b");
  EXPECT_EQ(metadata.data_class(), proto::DATA_CLASS_BLOB_SEQUENCE);
  EXPECT_EQ(values[0].tensor().dtype(), proto::DT_STRING);
  EXPECT_EQ(values[0].tensor().tensor_shape().dim_size(), 1);
  EXPECT_THAT(values[0].tensor().string_val(),
              ElementsAre(AllOf(StartsWith("RIFF"), SizeIs(44 + 12)),
                          AllOf(StartsWith("RIFF"), SizeIs(44 + 12))));
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(MediaTest, WavsAreWrittenAsTheyAre) {
  writer_->audio("x", kSamples, 1);
  EXPECT_THAT(writer_->flush(), IsOk());
  const std::string wav = parse_file(memory_.contents(memory_.paths()[0]))[0]
                              .summary()
                              .value(0)
                              .tensor()
                              .string_val(0);
  writer_->audio("y", AudioBytes{wav}, 1);
  writer_->audio("z", AudioBytes{"OggS"}, 1);
  const auto values = this->values();
  ASSERT_THAT(values, SizeIs(2));
  EXPECT_EQ(values[1].tensor().string_val(0), wav);
  EXPECT_THAT(reports(),
              ElementsAre(AllOf(HasSubstr("\"z\""), HasSubstr("no WAV"))));
}

TEST_F(MediaTest, AnotherNumberOfClipsIsRefused) {
  writer_->audio("x", TensorView(kSamples, {2, 3, 2}), 1);
  writer_->audio("x", TensorView(kSamples, {1, 3, 2}), 2);
  writer_->audio("x", kSamples, 3);
  writer_->audio("x", TensorView(kSamples, {2, 2, 1}), 4);
  EXPECT_THAT(events(), SizeIs(2));
  EXPECT_EQ(writer_->stats().refused, 2u);
  EXPECT_THAT(reports(),
              ElementsAre(AllOf(HasSubstr("\"x\""), HasSubstr("have 2 clips"),
                                HasSubstr("this one has 1"))));
}

// A refusal leaves the tag as it was, so that its step may come again.
TEST_F(MediaTest, ARefusedNumberOfClipsTakesNoStep) {
  options_.on_step_back = OnStepBack::kDrop;
  writer_.reset();
  options_.filename_suffix = ".drop";
  writer_.emplace("runs/b", options_);
  writer_->audio("x", TensorView(kSamples, {2, 3, 2}), 1);
  writer_->audio("x", kSamples, 5);
  writer_->audio("x", TensorView(kSamples, {2, 3, 2}), 3);
  EXPECT_THAT(events("/memory/runs/b"), SizeIs(2));
}

TEST_F(MediaTest, ClampedAndNanSamplesAreReportedOnceATag) {
  for (int step = 0; step < 2; ++step) {
    writer_->audio("x", std::vector<float>{2}, step);
    writer_->audio("y", std::vector<float>{std::nanf("")}, step);
  }
  EXPECT_THAT(events(), SizeIs(4));
  EXPECT_THAT(reports(),
              ElementsAre(AllOf(HasSubstr("\"x\""), HasSubstr("clamped")),
                          AllOf(HasSubstr("\"y\""), HasSubstr("NaN"))));
  EXPECT_THAT(writer_->status(), IsOk());
}

TEST_F(MediaTest, RatesThatBrowsersDoNotPlayAreReportedOnceATag) {
  for (int step = 0; step < 2; ++step) {
    writer_->audio("x", kSamples, step, {.sample_rate_hz = 2'999});
    writer_->audio("y", kSamples, step, {.sample_rate_hz = 768'001});
    writer_->audio("z", kSamples, step, {.sample_rate_hz = 3'000});
  }
  EXPECT_THAT(events(), SizeIs(6));
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("\"x\""), HasSubstr("\"y\"")));
}

TEST_F(MediaTest, BadAudioIsRefusedOnceATag) {
  for (int step = 0; step < 2; ++step) {
    writer_->audio("x", std::vector<float>(), step);
    writer_->audio("y", kSamples, step, {.sample_rate_hz = 0});
  }
  EXPECT_THAT(events(), IsEmpty());
  EXPECT_EQ(writer_->stats().refused, 4u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("no frames"),
                                     HasSubstr("sample_rate_hz is 0")));
}

// ---- Texts and tensors ----

TEST_F(MediaTest, ATableIsATensorOfTexts) {
  writer_->text_table("x", {{"a", "b"}, {"c"}}, 1);
  writer_->text_table("x", {{"layer"}, {"conv"}}, 2, {.header = true});
  const auto values = this->values();
  ASSERT_THAT(values, SizeIs(2));
  EXPECT_EQ(values[0].metadata().plugin_data().plugin_name(), "text");
  EXPECT_EQ(values[0].metadata().data_class(), proto::DATA_CLASS_TENSOR);
  EXPECT_EQ(values[0].tensor().tensor_shape().dim_size(), 2);
  EXPECT_THAT(values[0].tensor().string_val(), ElementsAre("a", "b", "c", ""));
  EXPECT_THAT(values[1].tensor().string_val(),
              ElementsAre("**layer**", "conv"));
}

TEST_F(MediaTest, InvalidUtf8InATableIsReplacedAndReportedOnce) {
  writer_->text_table("x", {{"a\xff"}}, 1);
  writer_->text_table("x", {{"b\xff"}}, 2);
  writer_->text_table("y", {}, 2);
  const auto values = this->values();
  ASSERT_THAT(values, SizeIs(2));
  EXPECT_THAT(values[0].tensor().string_val(), ElementsAre("a\xef\xbf\xbd"));
  EXPECT_THAT(reports(),
              ElementsAre(HasSubstr("U+FFFD"), HasSubstr("no cells")));
}

TEST_F(MediaTest, WidenedTensorsAreReportedOnceATag) {
  const BFloat16 half[] = {{0x3f80}};
  const Float8E4M3 quarter[] = {{0x38}};
  for (int step = 0; step < 2; ++step) {
    writer_->tensor("x", half, step);
    writer_->tensor("y", quarter, step);
    writer_->tensor("z", kSamples, step);
  }
  const auto values = this->values();
  ASSERT_THAT(values, SizeIs(6));
  EXPECT_EQ(values[1].tensor().dtype(), proto::DT_FLOAT);
  EXPECT_EQ(values[1].tensor().tensor_content(),
            std::string("\0\0\x80\x3f", 4));
  EXPECT_THAT(reports(),
              ElementsAre(AllOf(HasSubstr("\"x\""), HasSubstr("bfloat16"),
                                HasSubstr("float32")),
                          AllOf(HasSubstr("\"y\""), HasSubstr("float8_e4m3"))));
  EXPECT_THAT(writer_->status(), IsOk());
}

TEST_F(MediaTest, FloatsOfEightBitsAreScalarsAndHistograms) {
  const Float8E5M2 two[] = {{0x40}};
  writer_->scalar("x", TensorView(two, {}), 0);
  writer_->histogram("y", two, 0);
  const auto values = this->values();
  ASSERT_THAT(values, SizeIs(2));
  EXPECT_EQ(values[0].tensor().float_val(0), 2);
  EXPECT_THAT(reports(), IsEmpty());
}

// ---- What all share ----

TEST_F(MediaTest, TheStepMayBeSetOnce) {
  writer_->set_step(7);
  writer_->images("a", TensorView(kPixels, {1, 2, 3, 1}));
  writer_->image_grid("b", TensorView(kPixels, {1, 2, 3, 1}));
  writer_->animation("c", TensorView(kPixels, {1, 2, 3, 1}));
  writer_->audio("d", kSamples);
  writer_->text_table("e", {{"x"}});
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(5));
  for (const proto::Event& event : events) EXPECT_EQ(event.step(), 7);
}

TEST_F(MediaTest, DescriptionsStandInTheFirstValue) {
  for (const char* tag : {"a", "b", "c", "d", "e"})
    writer_->describe(tag, {"Name", std::string("of ") + tag});
  writer_->images("a", TensorView(kPixels, {1, 2, 3, 1}), 0);
  writer_->image_grid("b", TensorView(kPixels, {1, 2, 3, 1}), 0);
  writer_->animation("c", TensorView(kPixels, {1, 2, 3, 1}), 0);
  writer_->audio("d", kSamples, 0);
  writer_->text_table("e", {{"x"}}, 0);
  const auto values = this->values();
  ASSERT_THAT(values, SizeIs(5));
  for (const auto& value : values) {
    EXPECT_EQ(value.metadata().display_name(), "Name");
    EXPECT_EQ(value.metadata().summary_description(), "of " + value.tag());
  }
}

TEST_F(MediaTest, NullWritersDoNothing) {
  SummaryWriter null = SummaryWriter::null();
  null.images("a", TensorView(kPixels, {1, 2, 3, 1}), 0);
  null.image_grid("b", TensorView(kPixels, {1, 2, 3, 1}), 0);
  null.animation("c", TensorView(kPixels, {1, 2, 3, 1}), 0);
  null.audio("d", kSamples, 0);
  null.audio("d", AudioBytes{"RIFF"}, 0);
  null.text_table("e", {{"x"}}, 0);
  EXPECT_EQ(null.stats().refused, 0u);
}

// ---- The forms of TensorFlow 1 ----

class LegacyMediaTest : public MediaTest {
 protected:
  LegacyMediaTest() {
    options_.legacy_values = true;
    writer_.emplace("runs/old", options_);
  }

  std::vector<proto::Summary::Value> values() {
    std::vector<proto::Summary::Value> values;
    for (const proto::Event& event : events("/memory/runs/old"))
      for (const auto& value : event.summary().value()) values.push_back(value);
    return values;
  }
};

TEST_F(LegacyMediaTest, ABatchIsATagAnImage) {
  writer_->images("x", TensorView(kPixels, {2, 3, 4, 1}), 1);
  const auto values = this->values();
  ASSERT_THAT(values, SizeIs(2));
  EXPECT_EQ(values[0].tag(), "x/image/0");
  EXPECT_EQ(values[1].tag(), "x/image/1");
  EXPECT_EQ(values[1].image().width(), 4);
  EXPECT_EQ(values[1].image().height(), 3);
  EXPECT_EQ(values[1].image().colorspace(), 1);
  EXPECT_THAT(values[1].image().encoded_image_string(), StartsWith("\x89PNG"));
  EXPECT_FALSE(values[0].has_metadata());
}

TEST_F(LegacyMediaTest, AudioIsATagAClip) {
  writer_->audio("x", kSamples, 1);
  writer_->audio("y", TensorView(kSamples, {2, 3, 2}), 1,
                 {.sample_rate_hz = 8'000});
  const auto values = this->values();
  ASSERT_THAT(values, SizeIs(3));
  EXPECT_EQ(values[0].tag(), "x");
  EXPECT_EQ(values[0].audio().length_frames(), 12);
  EXPECT_EQ(values[0].audio().content_type(), "audio/wav");
  // Without it, the data server says no type to browsers.
  EXPECT_EQ(values[0].metadata().plugin_data().content(), "\x10\x0b");
  EXPECT_EQ(values[2].tag(), "y/audio/1");
  EXPECT_EQ(values[2].audio().sample_rate(), 8'000);
  EXPECT_EQ(values[2].audio().num_channels(), 2);
  EXPECT_THAT(values[2].audio().encoded_audio_string(), StartsWith("RIFF"));
}

}  // namespace
}  // namespace tblog::testing
