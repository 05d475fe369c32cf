// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "src/base/crc32c.h"
#include "src/base/endian.h"
#include "src/record/framing.h"
#include "tblog/record_io.h"
#include "tests/testing/largest_allocation.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog {
namespace {

using internal::append_record;
using internal::store_record_header;
using tblog::testing::IsOk;
using tblog::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string framed(const std::vector<std::string>& payloads) {
  std::string bytes;
  for (const std::string& payload : payloads) append_record(bytes, payload);
  return bytes;
}

std::string header(uint64_t length) {
  std::string bytes(internal::kRecordHeaderBytes, '\0');
  store_record_header(bytes.data(), length);
  return bytes;
}

class RecordReaderTest : public ::testing::Test {
 protected:
  struct Result {
    std::vector<std::string> payloads;
    std::vector<uint64_t> offsets;
    std::vector<SkippedRegion> skipped;
    uint64_t incomplete_bytes = 0;
    absl::Status status;
  };

  Result read(std::string_view contents,
              const RecordReaderOptions& options = {}) {
    const std::string path = dir_.write("x.tfevents", contents);
    absl::StatusOr<RecordReader> reader = RecordReader::open(path, options);
    if (!reader.ok()) return {{}, {}, {}, 0, reader.status()};
    Result result;
    drain(*reader, result);
    return result;
  }

  static void drain(RecordReader& reader, Result& result) {
    while (true) {
      absl::StatusOr<std::optional<Record>> record = reader.next();
      result.status = record.status();
      if (!record.ok() || !record->has_value()) break;
      result.payloads.emplace_back((*record)->payload);
      result.offsets.push_back((*record)->offset);
    }
    result.skipped = reader.skipped();
    result.incomplete_bytes = reader.incomplete_bytes();
  }

  tblog::testing::TempDir dir_;
};

TEST_F(RecordReaderTest, ReadsAKnownRecord) {
  // The first record of a file by TensorBoard's own writer.
  const std::string record(
      "\x18\x00\x00\x00\x00\x00\x00\x00\xa3\x7f\x4b\x22"
      "\x09\x00\x00\x80\xb4\x80\x65\xd2\x41\x1a\x0d"
      "brain.Event:2"
      "\x32\xa2\x51\x85",
      40);
  const Result result = read(record);
  ASSERT_THAT(result.payloads, ElementsAre(record.substr(12, 24)));
  EXPECT_THAT(result.skipped, IsEmpty());
  EXPECT_EQ(result.incomplete_bytes, 0u);
}

TEST_F(RecordReaderTest, ReadsAllRecordsWithTheirOffsets) {
  const Result result = read(framed({"one", "", "three"}));
  EXPECT_THAT(result.payloads, ElementsAre("one", "", "three"));
  EXPECT_THAT(result.offsets, ElementsAre(0, 19, 35));
  EXPECT_THAT(result.skipped, IsEmpty());
}

TEST_F(RecordReaderTest, AnEmptyFileHasNoRecordAndNoDamage) {
  const Result result = read("");
  EXPECT_THAT(result.status, IsOk());
  EXPECT_THAT(result.payloads, IsEmpty());
  EXPECT_THAT(result.skipped, IsEmpty());
}

TEST_F(RecordReaderTest, ReadsRecordsLargerThanItsWindow) {
  std::mt19937 random(1);
  std::vector<std::string> payloads;
  for (size_t size : {10u, 300'000u, 1u, 262'144u, 262'132u, 1'000'000u, 5u}) {
    std::string payload(size, '\0');
    for (char& c : payload) c = static_cast<char>(random());
    payloads.push_back(payload);
  }
  EXPECT_EQ(read(framed(payloads)).payloads, payloads);
}

TEST_F(RecordReaderTest, TruncatedTailIsEndOfFile) {
  const std::string whole = framed({"first", "second record", "third"});
  const std::vector<uint64_t> ends = {0, 21, 50, 71};
  for (size_t cut = 0; cut <= whole.size(); ++cut) {
    const Result result = read(whole.substr(0, cut));
    size_t records = 0;
    while (records + 1 < ends.size() && ends[records + 1] <= cut) ++records;
    ASSERT_THAT(result.status, IsOk()) << cut;
    ASSERT_EQ(result.payloads.size(), records) << cut;
    ASSERT_EQ(result.incomplete_bytes, cut - ends[records]) << cut;
    ASSERT_THAT(result.skipped, IsEmpty()) << cut;
  }
}

TEST_F(RecordReaderTest, GoesOnWhenTheFileHasGrown) {
  const std::string whole = framed({"first", "second", "third"});
  for (size_t cut = 0; cut <= whole.size(); ++cut) {
    const std::string path =
        dir_.write("x.tfevents", std::string_view(whole).substr(0, cut));
    absl::StatusOr<RecordReader> reader = RecordReader::open(path);
    ASSERT_THAT(reader, IsOk());
    Result result;
    drain(*reader, result);
    std::ofstream(path, std::ios::binary | std::ios::app)
        << std::string_view(whole).substr(cut);
    drain(*reader, result);
    ASSERT_THAT(result.payloads, ElementsAre("first", "second", "third"))
        << cut;
    ASSERT_EQ(result.incomplete_bytes, 0u) << cut;
    ASSERT_THAT(result.skipped, IsEmpty()) << cut;
  }
}

// Of three records a flipped bit costs exactly the one that it stands in.
TEST_F(RecordReaderTest, AFlippedBitCostsItsRecordAndNoOther) {
  const std::vector<std::string> payloads = {"first", "second record", "third"};
  const std::string whole = framed(payloads);
  const std::vector<uint64_t> ends = {0, 21, 50, 71};
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    size_t hit = 0;
    while (ends[hit + 1] <= bit / 8) ++hit;
    std::vector<std::string> expected = payloads;
    expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(hit));

    const Result result = read(damaged);
    ASSERT_THAT(result.status, IsOk()) << bit;
    ASSERT_EQ(result.payloads, expected) << bit;
    ASSERT_EQ(result.skipped.size(), 1u) << bit;
    ASSERT_EQ(result.skipped[0].file, dir_ / "x.tfevents");
    ASSERT_EQ(result.skipped[0].offset, ends[hit]) << bit;
    ASSERT_EQ(result.skipped[0].bytes, ends[hit + 1] - ends[hit]) << bit;
    const bool in_header = bit / 8 - ends[hit] < 12;
    ASSERT_THAT(result.skipped[0].reason,
                HasSubstr(in_header ? "length checksum" : "payload checksum"));
  }
}

TEST_F(RecordReaderTest, SaysBothChecksums) {
  std::string bytes = framed({"123456789"});
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  const Result result = read(bytes);
  ASSERT_EQ(result.skipped.size(), 1u);
  // The masked check value of CRC-32C.
  EXPECT_EQ(result.skipped[0].reason,
            "payload checksum is c78ab0e5, the record says c68ab0e5");
}

TEST_F(RecordReaderTest, StopsAtDamageWhenAsked) {
  std::string bytes = framed({"first", "second", "third"});
  bytes[21 + 13] = '!';
  const std::string path = dir_.write("x.tfevents", bytes);
  absl::StatusOr<RecordReader> reader =
      RecordReader::open(path, {OnDamage::kStop});
  ASSERT_THAT(reader, IsOk());
  EXPECT_THAT(reader->next(), IsOk());
  const auto data_loss =
      StatusIs(absl::StatusCode::kDataLoss,
               ::testing::AllOf(HasSubstr("offset 21 of " + path),
                                HasSubstr("payload checksum")));
  EXPECT_THAT(reader->next(), data_loss);
  EXPECT_THAT(reader->next(), data_loss);
}

TEST_F(RecordReaderTest, StoppingAtDamageStillTakesACutOffTailForTheEnd) {
  const std::string bytes = framed({"first", "second"});
  const Result result =
      read(std::string_view(bytes).substr(0, 30), {OnDamage::kStop});
  EXPECT_THAT(result.status, IsOk());
  EXPECT_THAT(result.payloads, ElementsAre("first"));
}

TEST_F(RecordReaderTest, FindsTheNextRecordAfterForeignBytes) {
  for (size_t size : {1u, 11u, 12u, 13u, 100u, 300'000u}) {
    for (char fill : {'\0', '\xff', 'x'}) {
      const std::string garbage(size, fill);
      const Result result =
          read(framed({"first"}) + garbage + framed({"second"}));
      ASSERT_THAT(result.payloads, ElementsAre("first", "second")) << size;
      ASSERT_EQ(result.skipped.size(), 1u);
      ASSERT_EQ(result.skipped[0].offset, 21u);
      ASSERT_EQ(result.skipped[0].bytes, size);
    }
  }
}

TEST_F(RecordReaderTest, ZeroesAtTheEndAreOneRegion) {
  const Result result = read(framed({"first"}) + std::string(5000, '\0'));
  EXPECT_THAT(result.payloads, ElementsAre("first"));
  ASSERT_EQ(result.skipped.size(), 1u);
  EXPECT_EQ(result.skipped[0].offset, 21u);
  EXPECT_EQ(result.skipped[0].bytes, 5000u);
  EXPECT_EQ(result.incomplete_bytes, 0u);
}

TEST_F(RecordReaderTest, ASearchGoesOnWhenTheFileHasGrown) {
  const std::string after = framed({"second"});
  for (size_t cut = 0; cut <= after.size(); ++cut) {
    const std::string path =
        dir_.write("x.tfevents", framed({"first"}) + std::string(50, 'x') +
                                     after.substr(0, cut));
    absl::StatusOr<RecordReader> reader = RecordReader::open(path);
    ASSERT_THAT(reader, IsOk());
    Result result;
    drain(*reader, result);
    std::ofstream(path, std::ios::binary | std::ios::app) << after.substr(cut);
    drain(*reader, result);
    ASSERT_THAT(result.payloads, ElementsAre("first", "second")) << cut;
    ASSERT_EQ(result.skipped.size(), 1u) << cut;
    ASSERT_EQ(result.skipped[0].bytes, 50u) << cut;
  }
}

// A writer that could not finish a record (full disk), and went on.
TEST_F(RecordReaderTest, FindsRecordsInsideOneThatWasNeverFinished) {
  const std::string unfinished = framed({std::string(60, 'a')}).substr(0, 30);
  const Result result = read(framed({"first"}) + unfinished +
                             framed({"second", "third", "a longer fourth"}));
  EXPECT_THAT(result.payloads,
              ElementsAre("first", "second", "third", "a longer fourth"));
  ASSERT_EQ(result.skipped.size(), 1u);
  EXPECT_EQ(result.skipped[0].offset, 21u);
  EXPECT_EQ(result.skipped[0].bytes, 30u);
}

TEST_F(RecordReaderTest, AllocatesNothingForALengthThatTheFileCannotHold) {
  for (uint64_t length :
       {uint64_t{1} << 20, (uint64_t{1} << 31) - 1, uint64_t{1} << 31,
        uint64_t{1} << 40, UINT64_MAX - 15, UINT64_MAX}) {
    tblog::testing::reset_largest_allocation();
    const Result result =
        read(framed({"first"}) + header(length) + std::string(100, 'x'));
    EXPECT_THAT(result.payloads, ElementsAre("first"));
    EXPECT_LE(tblog::testing::largest_allocation(), size_t{256} << 10);
    // What a protocol buffer can hold may be cut off; more never is a record.
    const bool possible = length < uint64_t{1} << 31;
    EXPECT_EQ(result.incomplete_bytes, possible ? 112u : 0u) << length;
    EXPECT_EQ(result.skipped.size(), possible ? 0u : 1u) << length;
  }
}

TEST_F(RecordReaderTest, LeavesOutPayloadsAboveTheCap) {
  RecordReaderOptions options;
  options.max_payload_bytes = 10;
  const Result result =
      read(framed({"1234567890", "12345678901", "end"}), options);
  EXPECT_THAT(result.payloads, ElementsAre("1234567890", "end"));
  ASSERT_EQ(result.skipped.size(), 1u);
  EXPECT_EQ(result.skipped[0].reason,
            "length 11 is above the 10 bytes that are read");
}

TEST_F(RecordReaderTest, ListsAtMostAThousandRegions) {
  std::string bytes;
  for (int i = 0; i < 3000; ++i) {
    append_record(bytes, "record");
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    append_record(bytes, "good");
  }
  const Result result = read(bytes);
  EXPECT_EQ(result.payloads.size(), 3000u);
  ASSERT_EQ(result.skipped.size(), 1000u);
  EXPECT_EQ(result.skipped.back().reason,
            "damage goes on from here, 2000 more regions");
  EXPECT_EQ(result.skipped.back().offset + result.skipped.back().bytes,
            bytes.size() - 20);
}

// Each header is valid and claims the rest of the file, so that a reader that
// looked inside every damaged record would check 400 GB.
TEST_F(RecordReaderTest, HeadersThatOverlapAreReadInLinearTime) {
  const size_t count = 80'000;
  std::string bytes;
  for (size_t i = 0; i < count; ++i) {
    bytes += header((count - i - 1) * 12 + 100 - 4 - 12);
  }
  bytes += std::string(200, 'x');
  const auto begin = std::chrono::steady_clock::now();
  const Result result = read(bytes);
  const auto taken = std::chrono::steady_clock::now() - begin;
  EXPECT_THAT(result.payloads, IsEmpty());
  EXPECT_FALSE(result.skipped.empty());
  EXPECT_LT(taken, std::chrono::seconds(5));
}

TEST_F(RecordReaderTest, RandomDamageNeverInventsARecord) {
  std::mt19937 random(7);
  std::vector<std::string> payloads;
  for (int i = 0; i < 20; ++i) {
    payloads.push_back("record " + std::to_string(i) +
                       std::string(random() % 50, 'p'));
  }
  const std::string whole = framed(payloads);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = whole;
    for (unsigned n = random() % 8 + 1; n > 0; --n) {
      const size_t at = random() % bytes.size();
      switch (random() % 3) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes.erase(at, random() % 40);
          break;
        default:
          bytes.insert(at,
                       std::string(random() % 40, static_cast<char>(random())));
      }
      if (bytes.empty()) bytes = "x";
    }
    const Result result = read(bytes);
    ASSERT_THAT(result.status, IsOk());
    uint64_t accounted = result.incomplete_bytes;
    for (const std::string& payload : result.payloads) {
      ASSERT_THAT(payloads, ::testing::Contains(payload)) << round;
      accounted += payload.size() + 16;
    }
    for (const SkippedRegion& region : result.skipped) {
      accounted += region.bytes;
    }
    ASSERT_EQ(accounted, bytes.size()) << round;
  }
}

TEST_F(RecordReaderTest, RefusesWhatIsNoRegularFile) {
  EXPECT_THAT(RecordReader::open(dir_ / "missing"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("missing")));
  EXPECT_THAT(RecordReader::open(dir_.path()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("it is a directory")));
  ASSERT_EQ(mkfifo((dir_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(RecordReader::open(dir_ / "pipe"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("no regular file")));
}

TEST_F(RecordReaderTest, RefusesACapThatNoRecordFits) {
  for (uint64_t cap : {uint64_t{0}, uint64_t{1} << 31}) {
    RecordReaderOptions options;
    options.max_payload_bytes = cap;
    EXPECT_THAT(read("", options).status,
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace tblog
