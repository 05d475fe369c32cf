// SPDX-License-Identifier: Apache-2.0
//
// Runs that were resumed, runs that grow, and several read at once.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/reader/log_reader_fixture.h"

namespace tblog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace tblog::testing;  // NOLINT: the builders of event_builder.h

std::string start(int64_t step) {
  proto::Event event;
  event.set_step(step);
  event.set_wall_time(1000);
  event.mutable_session_log()->set_status(proto::SessionLog::START);
  return framed(event);
}

std::string steps(std::initializer_list<int64_t> steps,
                  const std::string& tag = "x") {
  std::string records;
  for (const int64_t step : steps)
    records += summary_record(step, {old_scalar(tag, 1)});
  return records;
}

// All that a log says, as text.
std::string described(const LogReader& log) {
  std::string text;
  for (const tblog::Run& run : log.runs()) {
    text += "run " + run.name() + "\n";
    for (const Series& series : run.series()) {
      text += series.tag() + " " + std::string(value_kind_name(series.kind())) +
              ":";
      for (size_t i = 0; i < series.size(); ++i) {
        text += " " + std::to_string(series.steps()[i]) + "@" +
                std::to_string(series.wall_times()[i]);
        if (series.kind() == ValueKind::kScalar)
          text += "=" + std::to_string(series.values()[i]);
        if (series.kind() == ValueKind::kText) {
          const auto value = series.text(i);
          text += value.ok() ? "=" + value->texts[0]
                             : std::string(value.status().message());
        }
      }
      text += "\n";
    }
  }
  for (const FileInfo& file : log.files()) {
    text += file.path + " " + std::to_string(file.bytes) + " " +
            std::to_string(file.records) + " " + std::to_string(file.events) +
            " " + std::to_string(file.incomplete_bytes) + " " +
            file.file_version + " " + std::to_string(file.first_wall_time) +
            " " + std::to_string(file.last_wall_time) + "\n";
  }
  for (const SkippedRegion& region : log.skipped()) {
    text += region.file + " " + std::to_string(region.offset) + "+" +
            std::to_string(region.bytes) + " " + region.reason + "\n";
  }
  return text;
}

// ---- Purge ----

class PurgeTest : public LogReaderFixture {
 protected:
  std::vector<int64_t> read_steps(const std::string& records, Purge purge,
                                  const std::string& tag = "x") {
    LogReaderOptions options;
    options.purge = purge;
    const Series* series = read(records, options).find(tag);
    return series == nullptr ? std::vector<int64_t>() : series->steps();
  }
};

TEST_F(PurgeTest, ByDefaultNothingGoes) {
  EXPECT_THAT(read_steps(start(0) + steps({1, 2}) + start(1) + steps({1}),
                         Purge::kNone),
              ElementsAre(1, 2, 1));
}

TEST_F(PurgeTest, ThePythonReaderPurgesAtTheSecondStart) {
  EXPECT_THAT(
      read_steps(steps({0, 1, 2}) + start(1) + steps({1, 5}), Purge::kPython),
      ElementsAre(0, 1, 2, 1, 5));
  const std::string resumed =
      steps({0, 1, 2}) + steps({2}, "y") + start(1) + start(1) + steps({1, 5});
  EXPECT_THAT(read_steps(resumed, Purge::kPython), ElementsAre(0, 1, 5));
  EXPECT_THAT(read_steps(resumed, Purge::kPython, "y"), IsEmpty());
}

TEST_F(PurgeTest, ThePythonReaderPurgesTagsOfAFileWithoutVersion) {
  dir_.write("x.tfevents", steps({5, 6}) + steps({7}, "y") + steps({6, 8}));
  LogReaderOptions options;
  options.purge = Purge::kPython;
  const tblog::Run& run = reopen(options);
  EXPECT_THAT(run.find("x")->steps(), ElementsAre(5, 6, 8));
  EXPECT_THAT(run.find("y")->steps(), ElementsAre(7));
}

TEST_F(PurgeTest, TheRustReaderPurgesTagByTag) {
  const std::string records =
      steps({1, 2, 3}) + steps({3}, "y") + start(2) + start(2) + steps({2, 2});
  EXPECT_THAT(read_steps(records, Purge::kRust), ElementsAre(1, 2));
  EXPECT_THAT(read_steps(records, Purge::kRust, "y"), ElementsAre(3));
}

// What the readers do, an event after the other.
class PurgeOracle {
 public:
  explicit PurgeOracle(Purge purge, bool has_version)
      : purge_(purge), has_version_(has_version) {}

  void start(int64_t step) {
    if (purge_ != Purge::kPython || !has_version_) return;
    if (std::exchange(seen_start_, true))
      for (auto& [tag, steps] : kept) remove(steps, step);
  }
  void value(const std::string& tag, int64_t step) {
    const bool goes_back =
        purge_ == Purge::kPython && !has_version_ && step < most_recent_step_;
    if (purge_ == Purge::kRust || goes_back) remove(kept[tag], step);
    most_recent_step_ = step;
    kept[tag].push_back(step);
  }

  std::map<std::string, std::vector<int64_t>> kept;

 private:
  static void remove(std::vector<int64_t>& steps, int64_t from) {
    std::erase_if(steps, [&](int64_t step) { return step >= from; });
  }

  Purge purge_;
  bool has_version_;
  bool seen_start_ = false;
  int64_t most_recent_step_ = -1;
};

TEST_F(PurgeTest, WhatGoesIsWhatTheReadersRemoveEventByEvent) {
  std::mt19937 random(17);
  for (int round = 0; round < 120; ++round) {
    const bool has_version = round % 2 == 0;
    LogReaderOptions options;
    options.purge = round % 3 == 0 ? Purge::kRust : Purge::kPython;
    PurgeOracle oracle(options.purge, has_version);
    std::string records = has_version ? version_record() : "";
    for (int i = 0; i < 80; ++i) {
      const auto step = static_cast<int64_t>(random() % 30);
      const std::string tag(1, static_cast<char>('a' + random() % 3));
      if (random() % 6 == 0) {
        records += start(step);
        oracle.start(step);
      } else {
        records += steps({step}, tag);
        oracle.value(tag, step);
      }
    }
    dir_.write("x.tfevents", records);
    const tblog::Run& run = reopen(options);
    for (const auto& [tag, kept] : oracle.kept) {
      const Series* series = run.find(tag);
      ASSERT_EQ(series == nullptr, kept.empty()) << round;
      if (series == nullptr) continue;
      ASSERT_EQ(series->steps(), kept) << round;
    }
  }
}

TEST_F(PurgeTest, ValuesOutsideOfTheFilterPurge) {
  dir_.write("x.tfevents", version_record() + steps({5, 6, 1, 7}));
  LogReaderOptions options;
  options.purge = Purge::kRust;
  options.min_step = 5;
  EXPECT_THAT(reopen(options).find("x")->steps(), ElementsAre(7));
}

TEST_F(PurgeTest, ValuesThatStayInTheFileArePurgedWithTheirPlaces) {
  LogReaderOptions options;
  options.purge = Purge::kRust;
  const tblog::Run& run =
      read(summary_record(1, {string_tensor("t", "text", {}, {"one"})}) +
               summary_record(2, {string_tensor("t", "text", {}, {"two"})}) +
               summary_record(2, {string_tensor("t", "text", {}, {"new"})}),
           options);
  ASSERT_THAT(run.find("t")->steps(), ElementsAre(1, 2));
  EXPECT_THAT(run.find("t")->text(1)->texts, ElementsAre("new"));
}

// ---- refresh() ----

class RefreshTest : public LogReaderFixture {
 protected:
  void append(const std::string& name, const std::string& bytes) {
    std::filesystem::create_directories(
        std::filesystem::path(dir_ / name).parent_path());
    std::ofstream(dir_ / name, std::ios::binary | std::ios::app) << bytes;
  }

  // Refreshes the log, which must then be as a new one.
  bool refreshed(const LogReaderOptions& options = {}) {
    absl::StatusOr<bool> changed = log_.refresh();
    EXPECT_THAT(changed, IsOk());
    absl::StatusOr<LogReader> fresh = LogReader::open(dir_.path(), options);
    EXPECT_THAT(fresh, IsOk());
    if (fresh.ok()) {
      EXPECT_EQ(described(log_), described(*fresh));
    }
    return changed.ok() && *changed;
  }
};

TEST_F(RefreshTest, SaysWhetherAnythingChanged) {
  read(steps({1}));
  EXPECT_FALSE(refreshed());
  append("x.tfevents", steps({2}));
  EXPECT_TRUE(refreshed());
  EXPECT_FALSE(refreshed());
  EXPECT_THAT(log_.runs()[0].find("x")->steps(), ElementsAre(1, 2));
}

TEST_F(RefreshTest, SeriesThatWereCopiedStayAsTheyWere) {
  read(steps({1}));
  refreshed();
  const Series before = *log_.runs()[0].find("x");
  const LogReader copy = log_;
  append("x.tfevents", steps({2}));
  EXPECT_TRUE(refreshed());
  EXPECT_THAT(before.steps(), ElementsAre(1));
  EXPECT_THAT(copy.runs()[0].find("x")->steps(), ElementsAre(1));
}

TEST_F(RefreshTest, WhateverHappensItIsAsANewLog) {
  std::mt19937 random(7);
  for (const Purge purge : {Purge::kNone, Purge::kPython, Purge::kRust}) {
    LogReaderOptions options;
    options.purge = purge;
    std::filesystem::remove_all(dir_.path());
    append("a/tfevents.1", version_record());
    reopen(options);
    std::string pending;
    for (int round = 0; round < 60; ++round) {
      const int64_t step = static_cast<int64_t>(random() % 20);
      const std::string record =
          random() % 3 == 0
              ? summary_record(step, {string_tensor("t", "text", {}, {"a"})})
              : steps({step});
      const std::string file =
          (random() % 4 == 0 ? "b/tfevents." : "a/tfevents.") +
          std::to_string(1 + round / 20);
      switch (random() % 8) {
        case 0:
          append(file, start(step));
          break;
        case 1:  // a record in two halves
          append("a/tfevents.9", record.substr(0, record.size() / 2));
          refreshed(options);
          append("a/tfevents.9", record.substr(record.size() / 2));
          break;
        case 2:
          append(file, "damage");
          break;
        case 3:
          append("c/tfevents", version_record() + record);
          break;
        case 4:
          std::filesystem::remove_all(dir_ / "c");
          break;
        default:
          append(file, record);
      }
      refreshed(options);
      if (HasFailure()) FAIL() << "round " << round;
    }
  }
}

TEST_F(RefreshTest, AFileThatWasReplacedIsReadAnew) {
  read(steps({1}));
  refreshed();
  dir_.write("x.tfevents", version_record() + steps({7, 8, 9}));
  EXPECT_TRUE(refreshed());
  EXPECT_THAT(log_.runs()[0].find("x")->steps(), ElementsAre(7, 8, 9));
}

TEST_F(RefreshTest, ALogThatIsGoneIsAnErrorAndTheContentStays) {
  read(steps({1}));
  std::filesystem::remove(dir_ / "x.tfevents");
  EXPECT_THAT(log_.refresh(), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(log_.runs(), SizeIs(1));
}

// ---- Threads ----

TEST_F(LogReaderFixture, TheNumberOfThreadsChangesNothing) {
  for (int run = 0; run < 40; ++run) {
    dir_.write("run" + std::to_string(run) + "/tfevents",
               version_record() + steps({1, 2, run}) +
                   steps({3}, "tag" + std::to_string(run)) + "damage");
  }
  for (const uint64_t max_series : {1'000'000, 33}) {
    LogReaderOptions options;
    options.max_series = max_series;
    options.threads = 1;
    reopen(options);
    const std::string expected = described(log_);
    for (const int threads : {0, 2, 7, 100}) {
      options.threads = threads;
      reopen(options);
      EXPECT_EQ(described(log_), expected) << threads;
    }
  }
  LogReaderOptions options;
  options.threads = 257;
  EXPECT_THAT(LogReader::open(dir_.path(), options),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

// Runs of many files, some of which can only be understood after those before.
TEST_F(LogReaderFixture, FilesOfARunAreOneWhoeverLoadsThem) {
  std::mt19937 random(3);
  for (int round = 0; round < 40; ++round) {
    std::filesystem::remove_all(dir_.path());
    for (int file = 0; file < 12; ++file) {
      std::string bytes = version_record();
      for (int i = 0; i < 6; ++i) {
        int64_t step = file * 10 + i;
        if (random() % 8 == 0) step /= 2;  // the run was resumed
        const std::string tag(1, static_cast<char>('a' + random() % 4));
        switch (random() % 7) {
          case 0:  // metadata from an earlier file, or a later one
            bytes += summary_record(step, {string_tensor(tag, "", {}, {"t"})});
            break;
          case 1:
            bytes +=
                summary_record(step, {string_tensor(tag, "text", {}, {"t"})});
            break;
          case 2:
            bytes += summary_record(step, {scalar_tensor(tag, 1, "other")});
            break;
          case 3:
            bytes += random() % 4 == 0 ? "damage" : start(step);
            break;
          case 4:
            bytes += summary_record(step, {scalar_tensor(tag, 2)});
            break;
          default:
            bytes += steps({step}, "x");
        }
      }
      if (random() % 4 == 0) bytes.resize(bytes.size() - 5);
      dir_.write((round % 2 == 0 ? "r/tfevents." : "tfevents.") +
                     std::to_string(file + 10),
                 bytes);
    }
    LogReaderOptions options;
    options.max_series = round % 5 == 0 ? 3 : 1000;
    options.min_step = round % 3 == 0 ? 30 : 0;
    if (round % 4 == 1) options.purge = Purge::kRust;
    if (round % 8 == 3) options.purge = Purge::kPython;
    options.threads = 1;
    reopen(options);
    const std::string expected = described(log_);
    for (const int threads : {2, 5}) {
      options.threads = threads;
      reopen(options);
      ASSERT_EQ(described(log_), expected) << round;
    }
  }
}

TEST_F(LogReaderFixture, AllHistogramsAreThoseOneByOne) {
  for (int file = 0; file < 3; ++file) {
    std::string bytes = version_record();
    for (int i = 0; i < 20; ++i) {
      const auto number = static_cast<double>(file * 20 + i);
      bytes += summary_record(
          file * 20 + i,
          {double_tensor("h", "histograms", {1, 3}, {0, 1, number})});
      if (i % 7 == 3)
        bytes += summary_record(
            i, {string_tensor("t", "text", {}, {std::string(30'000, 'x')})});
    }
    dir_.write("tfevents." + std::to_string(file), bytes);
  }
  const Series& series = *reopen().find("h");
  const auto all = series.histograms();
  ASSERT_THAT(all, IsOk());
  ASSERT_THAT(*all, SizeIs(60));
  for (size_t i = 0; i < all->size(); ++i) {
    EXPECT_EQ((*all)[i].buckets[0].count, static_cast<double>(i));
    EXPECT_EQ(series.histogram(i)->buckets[0].count, static_cast<double>(i));
  }
  EXPECT_THAT(*series.histograms(58), SizeIs(2));
  EXPECT_THAT(*series.histograms(3, 5), SizeIs(2));
  EXPECT_THAT(*series.histograms(60), IsEmpty());
  EXPECT_THAT(series.histograms(61), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(log_.runs()[0].find("t")->histograms(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  std::filesystem::resize_file(dir_ / "tfevents.1", 1000);
  EXPECT_THAT(series.histograms(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(series.histograms(0, 20), IsOk());
}

}  // namespace
}  // namespace tblog
