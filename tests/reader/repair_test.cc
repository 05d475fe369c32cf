// SPDX-License-Identifier: Apache-2.0
//
// Random damage, and what repair_file() saves of it. The environment variable
// TBLOG_DAMAGES says how often.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tblog/log_reader.h"
#include "tblog/log_rewriter.h"
#include "tests/reader/event_builder.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog {
namespace {

namespace fs = std::filesystem;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace tblog::testing;  // NOLINT: the builders of event_builder.h

std::string contents(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

std::vector<std::string> records_of(const std::string& path) {
  RecordReaderOptions options;
  options.on_damage = OnDamage::kStop;
  options.cut_off = CutOff::kDamage;
  absl::StatusOr<RecordReader> reader = RecordReader::open(path, options);
  EXPECT_THAT(reader, IsOk());
  std::vector<std::string> payloads;
  while (reader.ok()) {
    absl::StatusOr<std::optional<Record>> record = reader->next();
    EXPECT_THAT(record, IsOk());
    if (!record.ok() || !record->has_value()) break;
    payloads.emplace_back((*record)->payload);
  }
  return payloads;
}

// An event file that is a value: its records may be found where the one around
// them is damaged.
std::vector<std::string> inner_records() {
  std::vector<std::string> records = {version_record()};
  for (int i = 0; i < 5; ++i)
    records.push_back(summary_record(i, {scalar_tensor("inner", 1)}));
  return records;
}

// Records of all sizes: equal ones, so that lost bytes can be as long as a
// record, and some that have an event file as their value.
std::vector<std::string> whole_records(std::mt19937& random) {
  std::vector<std::string> records = {version_record()};
  std::string inside;
  for (const std::string& record : inner_records()) inside += record;
  for (int step = 0; step < 40; ++step) {
    const size_t size = random() % 4 == 0 ? random() % 600 : 0;
    switch (random() % 4) {
      case 0:
        records.push_back(summary_record(
            step,
            {string_tensor("text", "text", {}, {std::string(size, 'x')})}));
        break;
      case 1:
        records.push_back(
            summary_record(step, {string_tensor("inside", "text", {}, {inside}),
                                  scalar_tensor("beside", 2)}));
        break;
      default:
        records.push_back(summary_record(step, {scalar_tensor("x", 3)}));
    }
  }
  return records;
}

// Damage of one of six kinds, and the records that it leaves as they were.
struct Damaged {
  std::string bytes;
  std::set<size_t> untouched;
  std::string what;
};

class Damage {
 public:
  Damage(const std::vector<std::string>& records, std::mt19937& random)
      : records_(records), random_(random) {
    for (const std::string& record : records) whole_ += record;
  }

  Damaged make() {
    std::string bytes = whole_;
    const size_t at = random_() % bytes.size();
    const size_t length =
        std::min<size_t>(1 + random_() % 300, bytes.size() - at);
    switch (random_() % 6) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random_() % 8)));
        return {bytes, all_but(at, at + 1), "a flipped bit"};
      case 1: {
        Damaged many{bytes, all_but(0, 0), "flipped bits"};
        for (int i = 0; i < 8; ++i) {
          const size_t bit = random_() % bytes.size();
          many.bytes[bit] =
              static_cast<char>(many.bytes[bit] ^ (1 << (random_() % 8)));
          std::erase_if(many.untouched, [&](size_t record) {
            return !all_but(bit, bit + 1).contains(record);
          });
        }
        return many;
      }
      case 2:
        return {bytes.substr(0, at), all_but(at, bytes.size()), "an early end"};
      case 3: {
        std::string foreign(length, '\0');
        for (char& c : foreign) c = static_cast<char>(random_());
        if (random_() % 4 == 0) foreign = bytes.substr(at, length);
        // Between two records it touches none.
        return {bytes.insert(at, foreign), all_but_inside(at),
                "inserted bytes"};
      }
      case 4:
        return {bytes.erase(at, length), all_but(at, at + length),
                "removed bytes"};
      default:
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), length,
                    '\0');
        return {bytes, all_but(at, at + length), "zeros"};
    }
  }

 private:
  std::set<size_t> all_but(size_t begin, size_t end) const {
    std::set<size_t> untouched;
    size_t offset = 0;
    for (size_t i = 0; i < records_.size(); ++i) {
      const size_t after = offset + records_[i].size();
      if (begin == end || after <= begin || offset >= end) untouched.insert(i);
      offset = after;
    }
    return untouched;
  }

  std::set<size_t> all_but_inside(size_t at) const {
    size_t offset = 0;
    for (const std::string& record : records_) {
      if (offset == at) return all_but(0, 0);
      offset += record.size();
    }
    return all_but(at, at + 1);
  }

  const std::vector<std::string>& records_;
  std::mt19937& random_;
  std::string whole_;
};

class RepairTest : public ::testing::Test {
 protected:
  RepairReport repaired(const std::string& bytes) {
    const std::string from = dir_.write("bad.tfevents", bytes);
    fs::remove(dir_ / "good");
    absl::StatusOr<RepairReport> report = repair_file(from, dir_ / "good");
    EXPECT_THAT(report, IsOk());
    return report.ok() ? *report : RepairReport();
  }

  TempDir dir_;
};

TEST_F(RepairTest, EveryUndamagedRecordIsSavedAndNoneInvented) {
  const char* wanted = std::getenv("TBLOG_DAMAGES");
  const int rounds = wanted != nullptr ? std::atoi(wanted) : 100;
  std::mt19937 random(20261121);
  const std::vector<std::string> inner = inner_records();
  std::vector<std::string> records;
  for (int round = 0; round < rounds; ++round) {
    if (round % 50 == 0) records = whole_records(random);
    const Damaged damaged = Damage(records, random).make();
    if (damaged.untouched.empty()) continue;
    SCOPED_TRACE(damaged.what + " in round " + std::to_string(round));
    repaired(damaged.bytes);
    const std::vector<std::string> saved = records_of(dir_ / "good");
    // A version may have been added, and an undamaged one was saved.
    size_t next = damaged.untouched.contains(0) ? 0 : 1;
    size_t missing = 0;
    for (const size_t i : damaged.untouched) {
      const auto found =
          std::find_if(saved.begin() + static_cast<std::ptrdiff_t>(next),
                       saved.end(), [&](const std::string& payload) {
                         return framed(payload) == records[i];
                       });
      if (found == saved.end()) {
        ++missing;
        continue;
      }
      next = static_cast<size_t>(found - saved.begin()) + 1;
    }
    ASSERT_EQ(missing, 0u) << damaged.untouched.size();
    for (size_t i = 1; i < saved.size(); ++i) {
      const auto is_it = [&](const std::string& record) {
        return record == framed(saved[i]);
      };
      ASSERT_TRUE(std::any_of(records.begin(), records.end(), is_it) ||
                  std::any_of(inner.begin(), inner.end(), is_it))
          << "invented record " << i;
    }
  }
}

TEST_F(RepairTest, AWholeFileComesOutAsItIs) {
  const std::string bytes = version_record() +
                            summary_record(1, {scalar_tensor("x", 1)}) +
                            summary_record(2, {scalar_tensor("x", 2, "")});
  const RepairReport report = repaired(bytes);
  EXPECT_EQ(contents(dir_ / "good"), bytes);
  EXPECT_THAT(report.rewritten.skipped, IsEmpty());
  EXPECT_EQ(report.rewritten.events, 3u);
  EXPECT_EQ(report.file_bytes, bytes.size());
}

TEST_F(RepairTest, AVersionIsMadeWhereTheDamageTookIt) {
  std::string bytes =
      version_record() + summary_record(1, {scalar_tensor("x", 1)});
  bytes[20] ^= 1;
  const RepairReport report = repaired(bytes);
  EXPECT_EQ(report.rewritten.added_versions, 1u);
  proto::Event first;
  ASSERT_TRUE(first.ParseFromString(records_of(dir_ / "good")[0]));
  EXPECT_EQ(first.file_version(), "brain.Event:2");
  EXPECT_EQ(first.wall_time(), 1001);
}

// TensorBoard shows nothing of a tag whose first value says no plugin.
TEST_F(RepairTest, LostMetadataAreTakenFromALaterValueOrAnotherFile) {
  std::string first = summary_record(1, {scalar_tensor("x", 1)});
  first[20] ^= 1;
  const std::string second = summary_record(2, {scalar_tensor("x", 2, "")});
  EXPECT_EQ(repaired(version_record() + first + second)
                .rewritten.tags_without_metadata,
            1u);
  const RepairReport by_later =
      repaired(version_record() + first + second +
               summary_record(3, {scalar_tensor("x", 3)}));
  EXPECT_EQ(by_later.rewritten.added_metadata, 1u);
  dir_.write("other.tfevents",
             version_record() + summary_record(0, {scalar_tensor("x", 0)}));
  const RepairReport by_other = repaired(version_record() + first + second);
  EXPECT_EQ(by_other.rewritten.added_metadata, 1u);
  EXPECT_EQ(by_other.rewritten.tags_without_metadata, 0u);
  proto::Event event;
  ASSERT_TRUE(event.ParseFromString(records_of(dir_ / "good")[1]));
  EXPECT_EQ(event.summary().value(0).metadata().plugin_data().plugin_name(),
            "scalars");
}

TEST_F(RepairTest, RecordsThatStopTensorBoardAreLeftOut) {
  const RepairReport report =
      repaired(version_record() + framed(std::string()) +
               framed(std::string("\xff\xff")) +
               summary_record(1, {scalar_tensor("x", 1)}));
  ASSERT_THAT(report.rewritten.skipped, SizeIs(2));
  EXPECT_EQ(report.rewritten.skipped[0].reason, "empty record");
  EXPECT_THAT(report.rewritten.skipped[1].reason, HasSubstr("no valid event"));
  EXPECT_THAT(records_of(dir_ / "good"), SizeIs(2));
}

TEST_F(RepairTest, NothingIsWrittenWhereNothingCanBeSaved) {
  const std::string from = dir_.write("bad.tfevents", "this is no event file");
  EXPECT_THAT(repair_file(from, dir_ / "good"),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_FALSE(fs::exists(dir_ / "good"));
  EXPECT_THAT(repair_file(dir_ / "none", dir_ / "good"),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(RepairTest, AFileThatIsThereIsNotOverwrittenUnasked) {
  const std::string from = dir_.write("bad.tfevents", version_record());
  dir_.write("good", "mine");
  EXPECT_THAT(repair_file(from, dir_ / "good"),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(contents(dir_ / "good"), "mine");
  EXPECT_THAT(repair_file(from, dir_ / "good", IfExists::kReplace), IsOk());
}

TEST_F(RepairTest, InPlaceTheDamagedFileStaysUnderANameThatNobodyReads) {
  const std::string bad =
      version_record() + "damage" + summary_record(1, {scalar_tensor("x", 1)});
  const std::string path = dir_.write("a.tfevents.1", bad);
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  for (const char* backup : {"a.tf-events.1.bak", "a.tf-events.1.2.bak"}) {
    dir_.write("a.tfevents.1", bad);
    absl::StatusOr<RepairReport> report = repair_in_place(path);
    ASSERT_THAT(report, IsOk());
    EXPECT_EQ(report->backup, dir_ / backup);
    EXPECT_EQ(contents(report->backup), bad);
    EXPECT_THAT(records_of(path), SizeIs(2));
  }
  absl::StatusOr<LogReader> log = LogReader::open(dir_.path());
  ASSERT_THAT(log, IsOk());
  EXPECT_THAT(log->files(), SizeIs(1));
}

TEST_F(RepairTest, InPlaceAWholeFileIsLeftAlone) {
  const std::string path = dir_.write("a.tfevents.1", version_record());
  absl::StatusOr<RepairReport> report = repair_in_place(path);
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->backup, "");
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_.path()), {}), 1);
}

}  // namespace
}  // namespace tblog
