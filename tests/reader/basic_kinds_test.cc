// SPDX-License-Identifier: Apache-2.0
//
// Scalars, histograms, images, audio, texts and tensors as LogReader gives
// them, old and new forms.

#include <cmath>
#include <limits>

#include "src/event/wire.h"
#include "tests/reader/log_reader_fixture.h"

namespace tblog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace tblog::testing;  // NOLINT: the builders of event_builder.h

namespace wire = tblog::internal::wire;

class BasicKindsTest : public LogReaderFixture {};

std::vector<std::vector<double>> rows(const HistogramValue& histogram) {
  std::vector<std::vector<double>> rows;
  for (const HistogramBucket& bucket : histogram.buckets) {
    rows.push_back({bucket.left, bucket.right, bucket.count});
  }
  return rows;
}

TEST_F(BasicKindsTest, OldAndNewScalarsMakeOneSeries) {
  const tblog::Run& run =
      read(summary_record(1, {scalar_tensor("loss", 0.5f)}) +
           summary_record(2, {old_scalar("loss", 0.25f)}) +
           summary_record(3, {scalar_tensor("loss", 2, "")}));
  const Series* loss = run.find("loss");
  ASSERT_NE(loss, nullptr);
  EXPECT_EQ(loss->kind(), ValueKind::kScalar);
  EXPECT_EQ(loss->metadata().plugin, "scalars");
  EXPECT_THAT(loss->steps(), ElementsAre(1, 2, 3));
  EXPECT_THAT(loss->wall_times(), ElementsAre(1001, 1002, 1003));
  EXPECT_THAT(loss->values(), ElementsAre(0.5, 0.25, 2));
  EXPECT_THAT(log_.skipped(), IsEmpty());
}

TEST_F(BasicKindsTest, ScalarsOfEveryRealDtypeAndRankAreNumbers) {
  Value content = named("a", "scalars");
  content.mutable_tensor()->set_dtype(proto::DT_FLOAT);
  content.mutable_tensor()->set_tensor_content(
      std::string("\x00\x00\x00\x3f", 4));
  Value integer = named("b", "scalars");
  integer.mutable_tensor()->set_dtype(proto::DT_INT64);
  integer.mutable_tensor()->add_int64_val(-5);
  Value boolean = named("c", "scalars");
  boolean.mutable_tensor()->set_dtype(proto::DT_BOOL);
  boolean.mutable_tensor()->add_bool_val(true);
  const tblog::Run& run = read(summary_record(
      0, {content, integer, boolean, double_tensor("d", "scalars", {}, {0.1}),
          double_tensor("e", "scalars", {1, 1}, {0.2})}));
  ASSERT_THAT(tags(run), ElementsAre("a", "b", "c", "d", "e"));
  std::vector<double> values;
  for (const Series& series : run.series()) {
    values.push_back(series.values().front());
  }
  EXPECT_THAT(values, ElementsAre(0.5, -5, 1, 0.1, 0.2));
}

TEST_F(BasicKindsTest, ScalarsThatAreNotFiniteAreKept) {
  const float infinity = std::numeric_limits<float>::infinity();
  const tblog::Run& run =
      read(summary_record(1, {old_scalar("x", NAN)}) +
           summary_record(2, {scalar_tensor("x", -infinity)}));
  const Column<double> values = run.find("x")->values();
  EXPECT_TRUE(std::isnan(values[0]));
  EXPECT_EQ(values[1], -infinity);
}

TEST_F(BasicKindsTest, UnpackedAndRepeatedFieldsReadAsTheGeneratedClassesDo) {
  std::string tensor;
  wire::put_uint64_always(tensor, 1, proto::DT_FLOAT);
  tensor += "\x2d";  // float_val, not packed
  wire::put_fixed32(tensor, 0x3f000000);
  std::string value;
  wire::put_bytes(value, 1, "wrong tag");
  wire::put_bytes(value, 1, "x");
  value += "\x15";  // simple_value, which the tensor then replaces
  wire::put_fixed32(value, 0x40000000);
  wire::put_bytes(value, 8, tensor);
  wire::put_uint64_always(value, 99, 1);  // unknown
  std::string metadata;
  wire::put_bytes(metadata, 1, "\x0a\x07scalars");
  wire::put_bytes(value, 9, metadata);
  std::string summary;
  wire::put_bytes(summary, 1, value);
  std::string event;
  wire::put_bytes(event, 5, summary);
  const tblog::Run& run = read(framed(event));
  ASSERT_THAT(tags(run), ElementsAre("x"));
  EXPECT_THAT(run.series()[0].values(), ElementsAre(0.5));
}

// A tensor in two parts is one message whose parts are joined.
TEST_F(BasicKindsTest, PartsOfATensorAreJoined) {
  std::string dtype;
  wire::put_uint64_always(dtype, 1, proto::DT_FLOAT);
  std::string number = "\x2d";
  wire::put_fixed32(number, 0x3f000000);
  std::string value = named("x", "scalars").SerializeAsString();
  wire::put_bytes(value, 8, dtype);
  wire::put_bytes(value, 8, number);
  std::string summary;
  wire::put_bytes(summary, 1, value);
  std::string event;
  wire::put_bytes(event, 5, summary);
  const tblog::Run& run = read(framed(event));
  ASSERT_THAT(tags(run), ElementsAre("x"));
  EXPECT_THAT(run.series()[0].values(), ElementsAre(0.5));
}

// The example of TensorBoard's own conversion (data_compat.py).
TEST_F(BasicKindsTest, OldHistogramsLoseEmptyOuterBuckets) {
  const double big = std::numeric_limits<double>::max();
  const tblog::Run& run =
      read(summary_record(1, {old_histogram("h", 0.1, 3.9, {0, 1, 2, 3, 4, big},
                                            {0, 3, 0, 2, 1, 0})}));
  absl::StatusOr<HistogramValue> histogram = run.find("h")->histogram(0);
  ASSERT_THAT(histogram, IsOk());
  EXPECT_THAT(rows(*histogram),
              ElementsAre(ElementsAre(0.1, 1, 3), ElementsAre(1, 2, 0),
                          ElementsAre(2, 3, 2), ElementsAre(3, 3.9, 1)));
}

TEST_F(BasicKindsTest, AnOldHistogramWithoutCountsHasNoBuckets) {
  const tblog::Run& run =
      read(summary_record(1, {old_histogram("h", 1, -1, {5}, {0})}));
  EXPECT_THAT(run.find("h")->histogram(0)->buckets, IsEmpty());
}

TEST_F(BasicKindsTest, NewHistogramsAreTheirRows) {
  const tblog::Run& run = read(summary_record(
      1, {double_tensor("h", "histograms", {2, 3}, {0, 1, 5, 1, 2, 7}),
          double_tensor("empty", "histograms", {0, 3}, {})}));
  EXPECT_THAT(rows(*run.find("h")->histogram(0)),
              ElementsAre(ElementsAre(0, 1, 5), ElementsAre(1, 2, 7)));
  EXPECT_THAT(run.find("empty")->histogram(0)->buckets, IsEmpty());
}

TEST_F(BasicKindsTest, OldAndNewImagesAreAlike) {
  Value old = named("i");
  old.mutable_image()->set_width(4);
  old.mutable_image()->set_height(2);
  old.mutable_image()->set_encoded_image_string("old png");
  const tblog::Run& run =
      read(summary_record(1, {old}) +
           summary_record(2, {string_tensor("i", "images", {4},
                                            {"8", "6", "png 1", "png 2"})}));
  const Series* series = run.find("i");
  ASSERT_EQ(series->kind(), ValueKind::kImage);
  absl::StatusOr<ImageValue> first = series->image(0);
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->width, 4);
  EXPECT_EQ(first->height, 2);
  EXPECT_THAT(first->images, ElementsAre("old png"));
  absl::StatusOr<ImageValue> second = series->image(1);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->width, 8);
  EXPECT_EQ(second->height, 6);
  EXPECT_THAT(second->images, ElementsAre("png 1", "png 2"));
}

TEST_F(BasicKindsTest, OldAndNewAudioAreAlike) {
  Value old = named("a");
  old.mutable_audio()->set_encoded_audio_string("old wav");
  old.mutable_audio()->set_sample_rate(16000);
  old.mutable_audio()->set_num_channels(2);
  old.mutable_audio()->set_length_frames(800);
  old.mutable_audio()->set_content_type("audio/wav");
  const tblog::Run& run = read(
      summary_record(1, {old}) +
      summary_record(2, {string_tensor("a", "audio", {2}, {"w1", "w2"})}) +
      summary_record(
          3, {string_tensor("a", "audio", {2, 2}, {"w1", "l1", "w2", "l2"})}));
  const Series* series = run.find("a");
  ASSERT_EQ(series->kind(), ValueKind::kAudio);
  const AudioValue first = *series->audio(0);
  EXPECT_THAT(first.clips, ElementsAre("old wav"));
  EXPECT_THAT(first.labels, IsEmpty());
  EXPECT_EQ(first.sample_rate_hz, 16000);
  EXPECT_EQ(first.channels, 2);
  EXPECT_EQ(first.frames, 800);
  EXPECT_EQ(first.content_type, "audio/wav");
  EXPECT_THAT(series->audio(1)->clips, ElementsAre("w1", "w2"));
  EXPECT_THAT(series->audio(1)->labels, IsEmpty());
  EXPECT_EQ(series->audio(1)->sample_rate_hz, 0);
  EXPECT_THAT(series->audio(2)->clips, ElementsAre("w1", "w2"));
  EXPECT_THAT(series->audio(2)->labels, ElementsAre("l1", "l2"));
}

TEST_F(BasicKindsTest, TextsOfEveryRank) {
  const tblog::Run& run =
      read(summary_record(1, {string_tensor("t", "text", {}, {"größe"})}) +
           summary_record(2, {string_tensor("t", "text", {2, 1}, {"a", "b"})}));
  const Series* series = run.find("t");
  ASSERT_EQ(series->kind(), ValueKind::kText);
  EXPECT_THAT(series->text(0)->shape, IsEmpty());
  EXPECT_THAT(series->text(0)->texts, ElementsAre("größe"));
  EXPECT_THAT(series->text(1)->shape, ElementsAre(2, 1));
  EXPECT_THAT(series->text(1)->texts, ElementsAre("a", "b"));
}

TEST_F(BasicKindsTest, TensorsWithoutAPluginAndThoseOfTblog) {
  const tblog::Run& run = read(
      summary_record(1, {double_tensor("a", "", {2}, {1, 2}),
                         double_tensor("b", "tblog_tensor", {1, 2}, {3, 4})}));
  for (const char* tag : {"a", "b"}) {
    const Series* series = run.find(tag);
    ASSERT_EQ(series->kind(), ValueKind::kTensor) << tag;
  }
  absl::StatusOr<TensorValue> tensor = run.find("b")->tensor(0);
  ASSERT_THAT(tensor, IsOk());
  EXPECT_EQ(tensor->dtype, DType::kFloat64);
  EXPECT_THAT(tensor->shape, ElementsAre(1, 2));
  EXPECT_THAT(*tensor->numbers(), ElementsAre(3, 4));
}

TEST(ValueKindTest, NamesGoBothWays) {
  for (int i = 0; i <= static_cast<int>(ValueKind::kOther); ++i) {
    const auto kind = static_cast<ValueKind>(i);
    EXPECT_EQ(value_kind_from_name(value_kind_name(kind)), kind);
  }
  EXPECT_EQ(value_kind_name(ValueKind::kPrCurve), "pr_curve");
  EXPECT_EQ(value_kind_name(ValueKind::kRunMetadata), "run_metadata");
  EXPECT_EQ(value_kind_name(ValueKind::kOther), "other");
  EXPECT_EQ(value_kind_from_name("graphs"), std::nullopt);
}

}  // namespace
}  // namespace tblog
