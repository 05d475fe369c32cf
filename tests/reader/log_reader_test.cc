// SPDX-License-Identifier: Apache-2.0

#include "tblog/log_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "src/event/wire.h"
#include "tests/reader/event_builder.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace tblog::testing;  // NOLINT: the builders of event_builder.h

namespace wire = tblog::internal::wire;

std::vector<std::string> tags(const tblog::Run& run) {
  std::vector<std::string> tags;
  for (const Series& series : run.series()) tags.push_back(series.tag());
  return tags;
}

std::vector<std::vector<double>> rows(const HistogramValue& histogram) {
  std::vector<std::vector<double>> rows;
  for (const HistogramBucket& bucket : histogram.buckets) {
    rows.push_back({bucket.left, bucket.right, bucket.count});
  }
  return rows;
}

class LogReaderTest : public ::testing::Test {
 protected:
  // Reads one file of these records, after a version record.
  const tblog::Run& read(const std::string& records,
                         const LogReaderOptions& options = {}) {
    dir_.write("x.tfevents", version_record() + records);
    return reopen(options);
  }

  const tblog::Run& reopen(const LogReaderOptions& options = {}) {
    absl::StatusOr<LogReader> log = LogReader::open(dir_.path(), options);
    EXPECT_THAT(log, IsOk());
    if (log.ok()) log_ = *std::move(log);
    return log_.runs().empty() ? no_run_ : log_.runs().front();
  }

  // Reads one value, which must be skipped; gives the reason.
  std::string reason_for(const Value& value) {
    const tblog::Run& run = read(summary_record(1, {value}));
    EXPECT_THAT(run.series(), IsEmpty());
    EXPECT_THAT(log_.skipped(), SizeIs(1));
    return log_.skipped().empty() ? "" : log_.skipped()[0].reason;
  }

  TempDir dir_;
  LogReader log_;
  const tblog::Run no_run_;
};

// ---- Kinds ----

TEST_F(LogReaderTest, OldAndNewScalarsMakeOneSeries) {
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

TEST_F(LogReaderTest, ScalarsOfEveryRealDtypeAndRankAreNumbers) {
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
    values.push_back(series.values().at(0));
  }
  EXPECT_THAT(values, ElementsAre(0.5, -5, 1, 0.1, 0.2));
}

TEST_F(LogReaderTest, ScalarsThatAreNotFiniteAreKept) {
  const float infinity = std::numeric_limits<float>::infinity();
  const tblog::Run& run =
      read(summary_record(1, {old_scalar("x", NAN)}) +
           summary_record(2, {scalar_tensor("x", -infinity)}));
  const std::vector<double>& values = run.find("x")->values();
  EXPECT_TRUE(std::isnan(values.at(0)));
  EXPECT_EQ(values.at(1), -infinity);
}

TEST_F(LogReaderTest, UnpackedAndRepeatedFieldsReadAsTheGeneratedClassesDo) {
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
TEST_F(LogReaderTest, PartsOfATensorAreJoined) {
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
TEST_F(LogReaderTest, OldHistogramsLoseEmptyOuterBuckets) {
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

TEST_F(LogReaderTest, AnOldHistogramWithoutCountsHasNoBuckets) {
  const tblog::Run& run =
      read(summary_record(1, {old_histogram("h", 1, -1, {5}, {0})}));
  EXPECT_THAT(run.find("h")->histogram(0)->buckets, IsEmpty());
}

TEST_F(LogReaderTest, NewHistogramsAreTheirRows) {
  const tblog::Run& run = read(summary_record(
      1, {double_tensor("h", "histograms", {2, 3}, {0, 1, 5, 1, 2, 7}),
          double_tensor("empty", "histograms", {0, 3}, {})}));
  EXPECT_THAT(rows(*run.find("h")->histogram(0)),
              ElementsAre(ElementsAre(0, 1, 5), ElementsAre(1, 2, 7)));
  EXPECT_THAT(run.find("empty")->histogram(0)->buckets, IsEmpty());
}

TEST_F(LogReaderTest, OldAndNewImagesAreAlike) {
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

TEST_F(LogReaderTest, OldAndNewAudioAreAlikeAndLabelsAreLeftOut) {
  Value old = named("a");
  old.mutable_audio()->set_encoded_audio_string("old wav");
  const tblog::Run& run = read(
      summary_record(1, {old}) +
      summary_record(2, {string_tensor("a", "audio", {2}, {"w1", "w2"})}) +
      summary_record(
          3, {string_tensor("a", "audio", {2, 2}, {"w1", "l1", "w2", "l2"})}));
  const Series* series = run.find("a");
  ASSERT_EQ(series->kind(), ValueKind::kAudio);
  EXPECT_THAT(series->audio(0)->clips, ElementsAre("old wav"));
  EXPECT_THAT(series->audio(1)->clips, ElementsAre("w1", "w2"));
  EXPECT_THAT(series->audio(2)->clips, ElementsAre("w1", "w2"));
}

TEST_F(LogReaderTest, TextsOfEveryRank) {
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

TEST_F(LogReaderTest, TensorsWithoutAPluginAndThoseOfTblog) {
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

TEST_F(LogReaderTest, OtherPluginsKeepTheirNameAndContent) {
  Value hparams = named("_hparams_/session_start_info", "hparams");
  hparams.mutable_metadata()->mutable_plugin_data()->set_content("hp");
  const tblog::Run& run = read(summary_record(
      0, {hparams, double_tensor("pr", "pr_curves", {6, 2},
                                 {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})}));
  const Series* start = run.find("_hparams_/session_start_info");
  ASSERT_NE(start, nullptr);
  EXPECT_EQ(start->kind(), ValueKind::kOther);
  EXPECT_EQ(start->metadata().plugin, "hparams");
  EXPECT_EQ(start->metadata().content, "hp");
  EXPECT_THAT(start->tensor(0), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(run.find("pr")->tensor(0)->shape, ElementsAre(6, 2));
}

TEST_F(LogReaderTest, GraphsAndRunMetadataAreSeriesToo) {
  proto::Event graph;
  graph.set_graph_def("graph bytes");
  proto::Event metadata;
  metadata.set_step(3);
  metadata.mutable_tagged_run_metadata()->set_tag("step 3");
  metadata.mutable_tagged_run_metadata()->set_run_metadata("run bytes");
  const tblog::Run& run = read(framed(graph) + framed(metadata));
  const Series* series = run.find("__run_graph__");
  ASSERT_NE(series, nullptr);
  EXPECT_EQ(series->metadata().plugin, "graphs");
  EXPECT_THAT(series->tensor(0)->strings, ElementsAre("graph bytes"));
  series = run.find("step 3");
  ASSERT_NE(series, nullptr);
  EXPECT_EQ(series->metadata().plugin, "graph_tagged_run_metadata");
  EXPECT_THAT(series->tensor(0)->strings, ElementsAre("run bytes"));
  EXPECT_THAT(series->steps(), ElementsAre(3));
}

// ---- Metadata ----

TEST_F(LogReaderTest, TheFirstMetadataOfATagCounts) {
  Value first = scalar_tensor("x", 1);
  first.mutable_metadata()->set_display_name("X");
  first.mutable_metadata()->set_summary_description("*first*");
  Value second = scalar_tensor("x", 2);
  second.mutable_metadata()->set_display_name("Y");
  const tblog::Run& run =
      read(summary_record(1, {first}) + summary_record(2, {second}));
  EXPECT_EQ(run.find("x")->metadata().display_name, "X");
  EXPECT_EQ(run.find("x")->metadata().description, "*first*");
  EXPECT_THAT(run.find("x")->values(), ElementsAre(1, 2));
}

// The first file of a run was deleted, and metadata came later.
TEST_F(LogReaderTest, MetadataThatComesLateRescuesTheValuesBefore) {
  const tblog::Run& run =
      read(summary_record(1, {scalar_tensor("x", 1, ""),
                              string_tensor("t", "", {}, {"one"})}) +
           summary_record(2, {scalar_tensor("x", 2, "scalars"),
                              string_tensor("t", "text", {}, {"two"})}));
  EXPECT_EQ(run.find("x")->kind(), ValueKind::kScalar);
  EXPECT_THAT(run.find("x")->steps(), ElementsAre(1, 2));
  EXPECT_THAT(run.find("x")->values(), ElementsAre(1, 2));
  ASSERT_EQ(run.find("t")->size(), 2u);
  EXPECT_THAT(run.find("t")->text(0)->texts, ElementsAre("one"));
  EXPECT_THAT(run.find("t")->text(1)->texts, ElementsAre("two"));
}

TEST_F(LogReaderTest, AValueOfAnotherKindThanItsSeriesIsSkippedAndNoted) {
  const tblog::Run& run =
      read(summary_record(1, {scalar_tensor("x", 1)}) +
           summary_record(2, {string_tensor("x", "text", {}, {"a"})}));
  EXPECT_THAT(run.find("x")->values(), ElementsAre(1));
  ASSERT_THAT(log_.skipped(), SizeIs(1));
  EXPECT_EQ(log_.skipped()[0].reason,
            "tag \"x\": value of the kind text in a series of the kind scalar");
}

// ---- Values that contradict themselves ----

TEST_F(LogReaderTest, ValuesThatContradictThemselvesAreSkippedAndNoted) {
  EXPECT_THAT(reason_for(double_tensor("x", "scalars", {2}, {1, 2})),
              HasSubstr("tag \"x\": value that is no single number"));
  EXPECT_THAT(reason_for(string_tensor("x", "scalars", {}, {"1"})),
              HasSubstr("no real numbers"));
  EXPECT_THAT(reason_for(double_tensor("x", "", {3}, {1, 2})),
              HasSubstr("tensor of 2 elements, its shape says 3"));
  EXPECT_THAT(reason_for(double_tensor("x", "", {-1}, {1, 2})),
              HasSubstr("dimension -1"));
  EXPECT_THAT(reason_for(double_tensor("x", "histograms", {3}, {1, 2, 3})),
              HasSubstr("its shape is not [k, 3]"));
  EXPECT_THAT(
      reason_for(double_tensor("x", "histograms", {int64_t{1} << 40, 3}, {1})),
      HasSubstr("its shape is not [k, 3]"));
  EXPECT_THAT(reason_for(old_histogram("x", 0, 1, {1, 2}, {1})),
              HasSubstr("histogram of 2 limits and 1 counts"));
  EXPECT_THAT(reason_for(string_tensor("x", "images", {1}, {"1"})),
              HasSubstr("image without width and height"));
  EXPECT_THAT(reason_for(string_tensor("x", "images", {2}, {"1", "-1"})),
              HasSubstr("image without width and height"));
  EXPECT_THAT(reason_for(string_tensor("x", "audio", {1, 1}, {"w"})),
              HasSubstr("no audio"));
  EXPECT_THAT(reason_for(double_tensor("x", "text", {}, {1})),
              HasSubstr("no text"));
  EXPECT_THAT(reason_for(string_tensor("x", "text", {}, {"\xff"})),
              HasSubstr("not valid UTF-8"));
  EXPECT_THAT(reason_for(named("x", "scalars")), HasSubstr("no scalar"));
}

TEST_F(LogReaderTest, AGoodValueBesideABadOneIsKept) {
  const tblog::Run& run = read(summary_record(
      1, {string_tensor("bad", "images", {1}, {"1"}), old_scalar("good", 1)}));
  EXPECT_THAT(tags(run), ElementsAre("good"));
  ASSERT_THAT(log_.skipped(), SizeIs(1));
  EXPECT_EQ(log_.skipped()[0].file, dir_ / "x.tfevents");
  EXPECT_EQ(log_.skipped()[0].offset, version_record().size());
  EXPECT_EQ(log_.skipped()[0].bytes,
            log_.files()[0].bytes - version_record().size());
}

// TensorBoard shows nothing of such an event: its Python reader raises, the
// other gives up the file.
TEST_F(LogReaderTest, AnInvalidTagCostsItsEventAndNoOther) {
  std::string value;
  wire::put_bytes(value, 1, "x\xff");
  value += std::string("\x15\0\0\0\0", 5);
  std::string summary;
  wire::put_bytes(summary, 1, value);
  wire::put_bytes(summary, 1, old_scalar("y", 1).SerializeAsString());
  std::string event;
  wire::put_bytes(event, 5, summary);
  ::testing::internal::CaptureStderr();
  const tblog::Run& run =
      read(framed(event) + summary_record(2, {old_scalar("z", 1)}));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_THAT(tags(run), ElementsAre("z"));
  ASSERT_THAT(log_.skipped(), SizeIs(1));
  EXPECT_EQ(log_.skipped()[0].reason, "record that is no valid event");
}

TEST_F(LogReaderTest, InvalidUtf8InsideAValueIsNotedAndNothingIsPrinted) {
  // Each as the generated classes would complain about it on stderr.
  const auto field = [](uint32_t number, std::string_view bytes) {
    std::string out;
    wire::put_bytes(out, number, bytes);
    return out;
  };
  const std::string bad = "\xff";
  const std::string image = field(4, field(4, "png"));
  const std::string texts[] = {
      image + field(7, bad),                        // node_name
      image + field(9, field(1, field(1, bad))),    // plugin_name
      image + field(9, field(2, bad)),              // display_name
      image + field(9, field(3, bad)),              // description
      field(6, field(5, bad)),                      // content_type
      field(8, field(2, field(2, field(2, bad)))),  // name of a dimension
  };
  for (const std::string& text : texts) {
    const std::string event = field(5, field(1, field(1, "x") + text));
    ::testing::internal::CaptureStderr();
    const tblog::Run& run = read(framed(event));
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
    EXPECT_THAT(run.series(), IsEmpty());
    ASSERT_THAT(log_.skipped(), SizeIs(1));
    EXPECT_THAT(log_.skipped()[0].reason, HasSubstr("not valid UTF-8"));
  }
}

TEST_F(LogReaderTest, DamageInTheMiddleCostsOneRecord) {
  std::string bytes = version_record();
  for (int step = 0; step < 10; ++step) {
    bytes += summary_record(step, {old_scalar("x", 1)});
  }
  const size_t record = (bytes.size() - version_record().size()) / 10;
  bytes[version_record().size() + 4 * record + 20] ^= 1;
  dir_.write("x.tfevents", bytes);
  const tblog::Run& run = reopen();
  EXPECT_THAT(run.find("x")->steps(), ElementsAre(0, 1, 2, 3, 5, 6, 7, 8, 9));
  ASSERT_THAT(log_.skipped(), SizeIs(1));
  EXPECT_THAT(log_.skipped()[0].reason, HasSubstr("payload checksum"));
}

// ---- Files and runs ----

TEST_F(LogReaderTest, FilesOfARunAreReadInTheOrderOfTheirNames) {
  dir_.write("a/tfevents.2",
             version_record() + summary_record(2, {old_scalar("x", 2)}));
  dir_.write("a/tfevents.1", version_record() +
                                 summary_record(1, {old_scalar("x", 1)}) +
                                 summary_record(5, {old_scalar("x", 5)}));
  const tblog::Run& run = reopen();
  EXPECT_EQ(run.name(), "a");
  EXPECT_THAT(run.find("x")->steps(), ElementsAre(1, 5, 2));
  ASSERT_THAT(log_.files(), SizeIs(2));
  EXPECT_EQ(log_.files()[0].path, dir_ / "a/tfevents.1");
}

TEST_F(LogReaderTest, SaysWhatEachFileHolds) {
  const std::string cut = summary_record(2, {old_scalar("x", 2)}).substr(0, 20);
  read(summary_record(1, {old_scalar("x", 1)}) + framed("\xff") + cut);
  ASSERT_THAT(log_.files(), SizeIs(1));
  const FileInfo& file = log_.files()[0];
  EXPECT_EQ(file.path, dir_ / "x.tfevents");
  EXPECT_EQ(file.run, ".");
  EXPECT_EQ(file.bytes, std::filesystem::file_size(file.path));
  EXPECT_EQ(file.records, 3u);
  EXPECT_EQ(file.events, 2u);
  EXPECT_EQ(file.incomplete_bytes, 20u);
  EXPECT_EQ(file.file_version, "brain.Event:2");
  EXPECT_EQ(file.writer, "a test");
  EXPECT_EQ(file.first_wall_time, 1000);
  EXPECT_EQ(file.last_wall_time, 1001);
}

TEST_F(LogReaderTest, ARunWithoutValuesIsARun) {
  dir_.write("empty/x.tfevents", "");
  dir_.write("full/x.tfevents", summary_record(1, {old_scalar("x", 1)}));
  reopen();
  ASSERT_THAT(log_.runs(), SizeIs(2));
  EXPECT_NE(log_.find("empty"), nullptr);
  EXPECT_NE(log_.find("full"), nullptr);
  EXPECT_EQ(log_.find("missing"), nullptr);
  EXPECT_EQ(log_.find("full")->find("missing"), nullptr);
}

TEST_F(LogReaderTest, OpensARunDirectoryAndASingleFile) {
  const std::string path =
      dir_.write("a/b/x.tfevents", summary_record(1, {old_scalar("x", 1)}));
  for (const std::string& name : {dir_ / "a/b", dir_ / "a/b/", path}) {
    absl::StatusOr<LogReader> log = LogReader::open(name);
    ASSERT_THAT(log, IsOk());
    ASSERT_THAT(log->runs(), SizeIs(1));
    EXPECT_EQ(log->runs()[0].name(), ".");
    EXPECT_NE(log->runs()[0].find("x"), nullptr);
  }
}

TEST_F(LogReaderTest, AMissingLogdirNamesTheNearestOne) {
  dir_.write("runs/a/x.tfevents", "");
  EXPECT_THAT(
      LogReader::open(dir_ / "rums"),
      StatusIs(absl::StatusCode::kNotFound,
               AllOf(HasSubstr("does not exist"), HasSubstr(dir_ / "runs/a"))));
}

TEST_F(LogReaderTest, TagsOfDifferentRunsDoNotMix) {
  dir_.write("a/x.tfevents", summary_record(1, {scalar_tensor("x", 1)}));
  dir_.write("b/x.tfevents",
             summary_record(1, {string_tensor("x", "text", {}, {"t"})}));
  reopen();
  EXPECT_EQ(log_.find("a")->find("x")->kind(), ValueKind::kScalar);
  EXPECT_EQ(log_.find("b")->find("x")->kind(), ValueKind::kText);
  EXPECT_THAT(log_.skipped(), IsEmpty());
}

// ---- Filters ----

TEST_F(LogReaderTest, FiltersRunsByGlob) {
  for (const char* name : {"a1/x.tfevents", "a2/x.tfevents", "b/x.tfevents"}) {
    dir_.write(name, summary_record(1, {old_scalar("x", 1)}));
  }
  LogReaderOptions options;
  options.runs = {"a?"};
  reopen(options);
  EXPECT_THAT(log_.runs(), SizeIs(2));
  EXPECT_THAT(log_.files(), SizeIs(2));
  options.runs = {"b", "a1"};
  reopen(options);
  EXPECT_THAT(log_.runs(), SizeIs(2));
}

TEST_F(LogReaderTest, FiltersTagsKindsAndSteps) {
  const std::string records =
      summary_record(1, {scalar_tensor("loss", 1),
                         string_tensor("note", "text", {}, {"a"})}) +
      summary_record(2, {scalar_tensor("loss", 2, ""),
                         string_tensor("note", "", {}, {"b"})}) +
      summary_record(3, {scalar_tensor("loss", 3, ""), old_scalar("acc", 1)});
  LogReaderOptions options;
  options.tags = {"l*", "acc"};
  EXPECT_THAT(tags(read(records, options)), ElementsAre("acc", "loss"));

  options = {};
  options.kinds = {ValueKind::kText};
  EXPECT_THAT(tags(read(records, options)), ElementsAre("note"));
  options.kinds = {ValueKind::kTensor, ValueKind::kImage};
  EXPECT_THAT(tags(read(records, options)), IsEmpty());

  // The metadata of a value that is left out still counts.
  options = {};
  options.min_step = 2;
  options.max_step = 2;
  const tblog::Run& run = read(records, options);
  EXPECT_THAT(tags(run), ElementsAre("loss", "note"));
  EXPECT_THAT(run.find("loss")->values(), ElementsAre(2));
  EXPECT_EQ(run.find("note")->kind(), ValueKind::kText);
}

TEST_F(LogReaderTest, RefusesOptionsThatMakeNoSense) {
  LogReaderOptions options;
  options.min_step = 2;
  options.max_step = 1;
  EXPECT_THAT(LogReader::open(dir_.path(), options),
              StatusIs(absl::StatusCode::kInvalidArgument));
  options = {};
  options.max_series = 0;
  EXPECT_THAT(LogReader::open(dir_.path(), options),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(LogReaderTest, SeriesBeyondTheLimitAreLeftOutAndNotedOnce) {
  LogReaderOptions options;
  options.max_series = 2;
  const tblog::Run& run =
      read(summary_record(1, {old_scalar("a", 1), old_scalar("b", 1),
                              old_scalar("c", 1), old_scalar("d", 1)}) +
               summary_record(2, {old_scalar("a", 2), old_scalar("c", 2)}),
           options);
  EXPECT_THAT(tags(run), ElementsAre("a", "b"));
  EXPECT_EQ(run.find("a")->size(), 2u);
  ASSERT_THAT(log_.skipped(), SizeIs(1));
  EXPECT_THAT(log_.skipped()[0].reason, HasSubstr("max_series"));
}

// ---- Values that stay in the files ----

TEST_F(LogReaderTest, ValuesOfAnotherKindAndOutOfRangeAreErrors) {
  const tblog::Run& run =
      read(summary_record(1, {string_tensor("t", "text", {}, {"a"})}));
  const Series* series = run.find("t");
  EXPECT_THAT(series->values(), IsEmpty());
  EXPECT_THAT(series->image(0), StatusIs(absl::StatusCode::kFailedPrecondition,
                                         HasSubstr("of the kind text")));
  EXPECT_THAT(series->text(1), StatusIs(absl::StatusCode::kOutOfRange));
}

TEST_F(LogReaderTest, AFileThatChangedOrWentIsAnErrorOfTheValue) {
  const tblog::Run& run =
      read(summary_record(1, {string_tensor("t", "text", {}, {"a text"})}));
  const Series text = *run.find("t");
  ASSERT_THAT(text.text(0), IsOk());
  {
    std::fstream file(dir_ / "x.tfevents",
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(log_.files()[0].bytes - 10));
    file << '!';
  }
  EXPECT_THAT(text.text(0), StatusIs(absl::StatusCode::kDataLoss,
                                     HasSubstr(dir_ / "x.tfevents")));
  std::filesystem::resize_file(dir_ / "x.tfevents", 50);
  EXPECT_THAT(text.text(0), StatusIs(absl::StatusCode::kDataLoss));
  std::filesystem::remove(dir_ / "x.tfevents");
  EXPECT_THAT(text.text(0), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(LogReaderTest, ASeriesOutlivesItsLog) {
  Series text = [&] {
    return *read(summary_record(1, {string_tensor("t", "text", {}, {"a"})}))
                .find("t");
  }();
  log_ = LogReader();
  EXPECT_THAT(text.text(0)->texts, ElementsAre("a"));
}

TEST(ValueKindTest, NamesGoBothWays) {
  for (int i = 0; i < 7; ++i) {
    const auto kind = static_cast<ValueKind>(i);
    EXPECT_EQ(value_kind_from_name(value_kind_name(kind)), kind);
  }
  EXPECT_EQ(value_kind_name(ValueKind::kOther), "other");
  EXPECT_EQ(value_kind_from_name("graph"), std::nullopt);
}

}  // namespace
}  // namespace tblog
