// SPDX-License-Identifier: Apache-2.0
//
// The journal by itself: what it keeps, and what its drain makes of it.

#include "src/writer/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "src/event/event_encoder.h"
#include "src/writer/journal_drain.h"
#include "src/writer/journal_layout.h"
#include "tests/testing/parsed_events.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog::internal {
namespace {

using ::tblog::testing::IsOk;
using ::tblog::testing::parse_events;
using ::tblog::testing::parse_file;
using ::tblog::testing::ParsedEvents;
using ::tblog::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr size_t kRingBytes = 8 << 10;
constexpr size_t kRunBytes = 16 << 10;

std::string record(int64_t step, size_t bytes = 0) {
  std::string out;
  // A value with a tag of `bytes` bytes: Summary.value {tag}.
  std::string value = "\x0a";
  const auto varint = [](std::string& to, size_t n) {
    for (; n >= 128; n >>= 7) to += static_cast<char>(n | 128);
    to += static_cast<char>(n);
  };
  std::string tag = "\x0a";
  varint(tag, bytes);
  tag += std::string(bytes, 't');
  varint(value, tag.size());
  append_summary_record(out, 1.0, step, value + tag);
  return out;
}

class JournalTest : public ::testing::Test {
 protected:
  JournalTest() { make(); }

  void make() {
    auto journal = Journal::create(
        dir_.path(),
        {{"host", 7}, 1'700'000'000.0, ".sfx", {}, kRingBytes, kRunBytes});
    ASSERT_THAT(journal, IsOk());
    journal_ = *std::move(journal);
  }

  // As a kill does.
  void die() { journal_.reset(); }

  void append(int run, int64_t step, size_t bytes = 0) {
    const std::string bytes_of_it = record(step, bytes);
    ASSERT_TRUE(journal_->has_room(bytes_of_it.size())) << step;
    journal_->append(run, position_[run], bytes_of_it);
    position_[run] += bytes_of_it.size();
  }

  JournalReport drain() const {
    auto report = drain_journals(dir_.path());
    EXPECT_THAT(report, IsOk());
    return report.ok() ? *report : JournalReport();
  }

  std::string contents(const std::string& path) const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::vector<int64_t> steps(const std::string& path) const {
    std::vector<int64_t> steps;
    for (const auto& event : parse_file(contents(path)))
      steps.push_back(event.step());
    return steps;
  }

  std::string path_of_journal() const {
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
      if (entry.path().filename().string().starts_with(kJournalPrefix))
        return entry.path();
    }
    return {};
  }

  TempDir dir_;
  std::unique_ptr<Journal> journal_;
  std::map<int, uint64_t> position_;
};

constexpr char kFile[] = "events.out.tfevents.1700000000.host.7.000000.sfx";
constexpr char kNext[] = "events.out.tfevents.1700000000.host.7.000001.sfx";

TEST_F(JournalTest, HoldsWhatNoFileHas) {
  const int run = journal_->add_run("");
  for (int64_t step = 0; step < 5; ++step) append(run, step);
  die();
  const JournalReport report = drain();
  EXPECT_EQ(report.drained, 1u);
  EXPECT_EQ(report.events, 5u);
  ASSERT_THAT(report.files, SizeIs(1));
  EXPECT_EQ(report.files[0], dir_ / kFile);
  EXPECT_THAT(steps(report.files[0]), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(path_of_journal(), "");
  EXPECT_EQ(drain().drained, 0u);
}

TEST_F(JournalTest, OfALivingWriterIsLeftAlone) {
  append(journal_->add_run(""), 1);
  const JournalReport report = drain();
  EXPECT_EQ(report.living, 1u);
  EXPECT_THAT(report.files, IsEmpty());
  EXPECT_NE(path_of_journal(), "");
}

TEST_F(JournalTest, WhatIsReleasedIsGone) {
  const int run = journal_->add_run("");
  append(run, 1);
  append(run, 2);
  journal_->release(run, position_[run]);
  append(run, 3);
  die();
  EXPECT_THAT(steps(drain().files.at(0)), ElementsAre(3));
}

TEST_F(JournalTest, GoesAroundItsRingForEver) {
  const int run = journal_->add_run("");
  std::mt19937 random(1);
  uint64_t released = 0;
  int64_t first = 0;
  std::vector<uint64_t> begins;
  for (int64_t step = 0; step < 5000; ++step) {
    const std::string one = record(step, random() % 300);
    while (!journal_->has_room(one.size())) {
      released = begins[static_cast<size_t>(first) + 1];
      ++first;
      journal_->release(run, released);
      ASSERT_LT(first, step);
    }
    begins.push_back(position_[run]);
    journal_->append(run, position_[run], one);
    position_[run] += one.size();
  }
  die();
  const std::vector<int64_t> found = steps(drain().files.at(0));
  ASSERT_EQ(found.front(), first);
  ASSERT_EQ(found.back(), 4999);
  EXPECT_EQ(found.size(), static_cast<size_t>(5000 - first));
}

TEST_F(JournalTest, IsFullBeforeItForgets) {
  const int run = journal_->add_run("");
  const size_t bytes = record(1000).size();
  int64_t step = 0;
  for (; journal_->has_room(bytes); ++step) append(run, 1000 + step);
  EXPECT_GT(static_cast<size_t>(step) * bytes, kRingBytes * 9 / 10);
  journal_->release(run, position_[run]);
  EXPECT_TRUE(journal_->has_room(kRingBytes / 2));
  EXPECT_TRUE(journal_->can_hold(kRingBytes / 2));
  EXPECT_FALSE(journal_->can_hold(kRingBytes));
}

TEST_F(JournalTest, RunsDoNotMix) {
  const int a = journal_->add_run("");
  const int b = journal_->add_run("deep/er");
  for (int64_t step = 0; step < 20; ++step) append(step % 3 == 0 ? b : a, step);
  journal_->release(a, position_[a]);
  append(a, 100);
  die();
  const JournalReport report = drain();
  ASSERT_THAT(report.files, SizeIs(2));
  EXPECT_THAT(steps(dir_ / kFile), ElementsAre(100));
  EXPECT_THAT(steps(dir_ / (std::string("deep/er/") + kFile)),
              ElementsAre(0, 3, 6, 9, 12, 15, 18));
}

// The file ends at each of its bytes: what it has whole is left there, all else
// comes once.
TEST_F(JournalTest, WhatTheFileHasAlreadyIsNotWrittenAgain) {
  const std::string head = first_records(1.0, {});
  std::string all = head;
  for (int64_t step = 0; step < 3; ++step) all += record(step);
  for (size_t size = head.size(); size <= all.size(); ++size) {
    SCOPED_TRACE(size);
    if (journal_ == nullptr) make();
    const int run = journal_->add_run("");
    position_.clear();
    journal_->note_write(run, kFile, 0, head.size());
    for (int64_t step = 0; step < 3; ++step) append(run, step);
    dir_.write(kFile, all.substr(0, size));
    die();
    const JournalReport report = drain();
    std::vector<int64_t> found;
    const ParsedEvents old = parse_events(contents(dir_ / kFile));
    for (const auto& event : old.events)
      if (event.has_summary()) found.push_back(event.step());
    if (size < all.size()) {
      for (int64_t step : steps(dir_ / kNext)) found.push_back(step);
    }
    EXPECT_THAT(found, ElementsAre(0, 1, 2));
    EXPECT_EQ(report.files.size(), size < all.size() ? 1u : 0u);
    std::filesystem::remove(dir_ / kNext);
  }
}

TEST_F(JournalTest, ALaterFileCountsFromItsOwnBegin) {
  const int run = journal_->add_run("");
  const std::string head = first_records(1.0, {});
  append(run, 0);
  append(run, 1);
  journal_->note_write(run, kFile, 0, head.size());
  dir_.write(kFile, head + record(0) + record(1));
  const uint64_t begin = position_[run];
  append(run, 2);
  append(run, 3);
  journal_->note_write(run, kNext, begin, head.size());
  dir_.write(kNext, head + record(2));
  die();
  EXPECT_THAT(
      drain().files,
      ElementsAre(dir_ / "events.out.tfevents.1700000000.host.7.000002.sfx"));
  EXPECT_THAT(steps(dir_ / "events.out.tfevents.1700000000.host.7.000002.sfx"),
              ElementsAre(3));
}

TEST_F(JournalTest, TakesNoNameThatIsTaken) {
  const int run = journal_->add_run("");
  journal_->note_write(run, kFile, 0, 0);
  append(run, 1);
  dir_.write(kNext, "not ours");
  die();
  EXPECT_THAT(
      drain().files,
      ElementsAre(dir_ / "events.out.tfevents.1700000000.host.7.000002.sfx"));
  EXPECT_EQ(contents(dir_ / kNext), "not ours");
}

TEST_F(JournalTest, AFirstFileSortsBehindWhatIsThere) {
  append(journal_->add_run(""), 1);
  dir_.write("events.out.tfevents.1800000000.other.1.0", "");
  die();
  EXPECT_THAT(
      drain().files,
      ElementsAre(dir_ / "events.out.tfevents.1800000001.host.7.000000.sfx"));
}

TEST_F(JournalTest, HoldsNoMoreRunsThanItCan) {
  const std::string name = std::string(200, 'n') + "/" + std::string(200, 'n');
  int last = 0;
  int runs = 0;
  while ((last = journal_->add_run(name + std::to_string(runs))) !=
         Journal::kNoRun)
    ++runs;
  EXPECT_GT(runs, 8);
  journal_->append(last, 0, record(1));  // nothing
  append(0, 2);
  die();
  EXPECT_EQ(drain().events, 1u);
}

TEST_F(JournalTest, ThatIsRemovedIsNotDrained) {
  append(journal_->add_run(""), 1);
  EXPECT_THAT(journal_->remove(), IsOk());
  die();
  EXPECT_EQ(drain().drained, 0u);
}

TEST_F(JournalTest, ThatWasNeverFinishedHoldsNothing) {
  die();
  std::filesystem::remove(path_of_journal());
  dir_.write("tblog-journal.host.1.0", "");
  dir_.write("tblog-journal.host.1.1", std::string(10'000, '\0'));
  const JournalReport report = drain();
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_EQ(report.drained, 2u);
  EXPECT_EQ(path_of_journal(), "");
}

TEST_F(JournalTest, ThatIsNoneIsSetAside) {
  die();
  std::filesystem::remove(path_of_journal());
  dir_.write("tblog-journal.host.1.0", std::string(10'000, 'x'));
  const JournalReport report = drain();
  EXPECT_THAT(report.problems, ElementsAre(HasSubstr("is no journal")));
  EXPECT_EQ(contents(dir_ / "tblog-damaged-journal.host.1.0").size(), 10'000u);
  EXPECT_THAT(drain().problems, IsEmpty());
}

TEST_F(JournalTest, ADamagedRecordEndsItAndTheRestIsSaved) {
  const int run = journal_->add_run("");
  for (int64_t step = 0; step < 5; ++step) append(run, step);
  die();
  const std::string path = path_of_journal();
  std::string bytes = contents(path);
  bytes[bytes.find(record(3)) + 20] ^= 1;
  dir_.write(std::filesystem::path(path).filename().string(), bytes);
  const JournalReport report = drain();
  EXPECT_THAT(report.problems, ElementsAre(HasSubstr("is damaged")));
  EXPECT_THAT(steps(report.files.at(0)), ElementsAre(0, 1, 2));
}

// Bytes at random, in the parts that say where others are: no crash, nothing
// outside of the directory, and only whole records.
TEST_F(JournalTest, DamageAnywhereIsHarmless) {
  const int run = journal_->add_run("");
  const int child = journal_->add_run("test");
  journal_->note_write(run, kFile, 0, 10);
  for (int64_t step = 0; step < 5; ++step)
    append(step == 2 ? child : run, step);
  die();
  const std::string path = path_of_journal();
  const std::string name = std::filesystem::path(path).filename();
  std::string good = contents(path);
  std::filesystem::remove(path);
  constexpr size_t kRuns = 4096;
  const size_t ring = good.size() - kRingBytes;
  std::mt19937 random(7);
  TempDir outer;
  for (int i = 0; i < 150; ++i) {
    SCOPED_TRACE(i);
    std::string bad = good;
    for (int flips = 0; flips < 1 + i % 4; ++flips) {
      const size_t at = i % 3 == 0   ? 8 + random() % 1100
                        : i % 3 == 1 ? kRuns + random() % 1800
                                     : ring + random() % 400;
      bad[at] = static_cast<char>(random());
    }
    const std::string inner = outer / "inner";
    std::filesystem::create_directories(inner);
    std::ofstream(inner + "/" + name, std::ios::binary) << bad;
    const auto report = drain_journals(inner);
    ASSERT_THAT(report, IsOk());
    for (const std::string& file : report->files) {
      EXPECT_THAT(file, StartsWith(inner));
      parse_file(contents(file));
    }
    for (const auto& entry : std::filesystem::directory_iterator(outer.path()))
      EXPECT_EQ(entry.path(), inner);
    std::filesystem::remove_all(inner);
  }
}

TEST(DrainJournalsTest, NeedsADirectory) {
  EXPECT_TRUE(absl::IsNotFound(drain_journals("/no/such").status()));
}

}  // namespace
}  // namespace tblog::internal
