// SPDX-License-Identifier: Apache-2.0

#include "tblog/log_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "src/event/wire.h"
#include "tests/reader/log_reader_fixture.h"

namespace tblog {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace tblog::testing;  // NOLINT: the builders of event_builder.h

namespace wire = tblog::internal::wire;

class LogReaderTest : public LogReaderFixture {};

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

TEST_F(LogReaderTest, ACutOffFileBeforeANewerOneIsDamage) {
  const std::string record = summary_record(1, {old_scalar("x", 1)});
  dir_.write("tfevents.1", version_record() + record.substr(0, 20));
  reopen();
  EXPECT_THAT(log_.skipped(), IsEmpty());
  dir_.write("tfevents.2", version_record() + record);
  reopen();
  ASSERT_THAT(log_.skipped(), SizeIs(1));
  EXPECT_EQ(log_.skipped()[0].offset, version_record().size());
  EXPECT_EQ(log_.skipped()[0].bytes, 20u);
  EXPECT_THAT(log_.skipped()[0].reason, HasSubstr("a later file follows"));
}

TEST_F(LogReaderTest, AFileWithoutAnyRecordIsNoEventFile) {
  EXPECT_THAT(LogReader::open(dir_.write("readme", "This is no event file.")),
              StatusIs(absl::StatusCode::kInvalidArgument));
  // One that has only begun is.
  EXPECT_THAT(LogReader::open(dir_.write("tfevents", "\x18")), IsOk());
}

TEST_F(LogReaderTest, FindsTheFilesThatItWouldRead) {
  dir_.write("b/tfevents.2", "");
  dir_.write("b/tfevents.1", "");
  dir_.write("a/b/tfevents", "");
  dir_.write("a/other", "");
  const auto runs = find_event_files(dir_.path());
  ASSERT_THAT(runs, IsOk());
  ASSERT_THAT(*runs, SizeIs(2));
  EXPECT_EQ((*runs)[0].run, "a/b");
  EXPECT_THAT((*runs)[1].paths,
              ElementsAre(dir_ / "b/tfevents.1", dir_ / "b/tfevents.2"));
  EXPECT_THAT(find_event_files(dir_ / "none"),
              StatusIs(absl::StatusCode::kNotFound));
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
               AllOf(HasSubstr("does not exist"), EndsWith(dir_ / "runs"))));
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
  options = {};
  options.max_points = 1;
  EXPECT_THAT(LogReader::open(dir_.path(), options),
              StatusIs(absl::StatusCode::kInvalidArgument));
  options.max_points = 2;
  options.purge = Purge::kRust;
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

TEST_F(LogReaderTest, ThinsOutToSoManyPoints) {
  for (const int values : {1, 2, 3, 4, 5, 8, 9, 100, 1000, 1025}) {
    std::string records;
    for (int step = 0; step < values; ++step)
      records += summary_record(
          step, {old_scalar("x", static_cast<float>(step)),
                 string_tensor("t", "text", {}, {std::to_string(step)})});
    for (const uint64_t points : {2u, 3u, 8u, 64u}) {
      LogReaderOptions options;
      options.max_points = points;
      const tblog::Run& run = read(records, options);
      for (const Series& series : run.series()) {
        const Column<int64_t> steps = series.steps();
        EXPECT_EQ(series.count(), static_cast<uint64_t>(values));
        ASSERT_EQ(series.size(), steps.size());
        EXPECT_EQ(steps.front(), 0);
        EXPECT_EQ(steps.back(), values - 1);
        EXPECT_LE(steps.size(), points);
        EXPECT_GE(2 * steps.size(),
                  std::min<uint64_t>(points, static_cast<uint64_t>(values)));
        // Equal distances, but for the last one.
        for (size_t i = 2; i + 1 < steps.size(); ++i)
          EXPECT_EQ(steps[i] - steps[i - 1], steps[1] - steps[0]);
      }
      const Series& x = *run.find("x");
      const Series& t = *run.find("t");
      for (size_t i = 0; i < x.size(); ++i) {
        EXPECT_EQ(x.values()[i], static_cast<double>(x.steps()[i]));
        EXPECT_THAT(t.text(i)->texts,
                    ElementsAre(std::to_string(t.steps()[i])));
      }
    }
  }
}

TEST_F(LogReaderTest, ThinsOutWhatIsLeftOfValuesBeforeTheirMetadata) {
  std::string records;
  for (int step = 0; step < 6; ++step)
    records +=
        summary_record(step, {string_tensor("x", "", {}, {"no number"})});
  for (int step = 6; step < 16; ++step)
    records += summary_record(step, {scalar_tensor("x", 0.5f)});
  LogReaderOptions options;
  options.max_points = 2;
  const Series& x = *read(records, options).find("x");
  EXPECT_EQ(x.kind(), ValueKind::kScalar);
  EXPECT_EQ(x.values().size(), x.size());
  EXPECT_LE(x.size(), 2u);
  EXPECT_EQ(x.steps().back(), 15);
  EXPECT_GE(x.count(), 10u);
}

TEST_F(LogReaderTest, GivesARunAfterTheOther) {
  for (int run = 0; run < 50; ++run)
    dir_.write(
        "run" + std::to_string(run + 10) + "/tfevents",
        version_record() +
            summary_record(1, {old_scalar("x", static_cast<float>(run))}));
  dir_.write("run10/tfevents.2", "damage, and nothing else");
  LogReaderOptions options;
  options.runs = {"run?[!3]"};
  std::vector<std::string> names;
  size_t damaged = 0;
  EXPECT_THAT(LogReader::for_each_run(dir_.path(), options,
                                      [&](const LogReader& log) {
                                        ASSERT_THAT(log.runs(), SizeIs(1));
                                        names.push_back(log.runs()[0].name());
                                        damaged += log.skipped().size();
                                        EXPECT_EQ(log.files()[0].run,
                                                  names.back());
                                      }),
              IsOk());
  EXPECT_THAT(names, SizeIs(45));
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(damaged, 1u);
  EXPECT_THAT(LogReader::for_each_run(dir_ / "none", {}, [](const auto&) {}),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(LogReaderTest, ASeriesOutlivesItsLog) {
  Series text = [&] {
    return *read(summary_record(1, {string_tensor("t", "text", {}, {"a"})}))
                .find("t");
  }();
  log_ = LogReader();
  EXPECT_THAT(text.text(0)->texts, ElementsAre("a"));
}

}  // namespace
}  // namespace tblog
