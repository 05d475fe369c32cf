// SPDX-License-Identifier: Apache-2.0
//
// Archives are taken apart here by hand; that numpy reads them is asserted in
// tests/interop.

#include "src/hook/npz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/endian.h"
#include "tests/testing/memory_file_system.h"
#include "tests/testing/status_matchers.h"

namespace tblog::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::MemoryFileSystem;
using testing::StatusIs;

uint16_t load16(std::string_view bytes, size_t at) {
  return static_cast<uint16_t>(static_cast<uint8_t>(bytes.at(at)) |
                               static_cast<uint8_t>(bytes.at(at + 1)) << 8);
}
uint32_t load32(std::string_view bytes, size_t at) {
  return load_le32(bytes.substr(at, 4).data());
}
uint64_t load64(std::string_view bytes, size_t at) {
  return load_le64(bytes.substr(at, 8).data());
}

// Where the central directory lies and how many members it has, from the
// records at the end.
struct Directory {
  uint64_t offset;
  uint64_t count;
};
Directory find_directory(std::string_view zip) {
  const size_t end = zip.size() - 22;
  EXPECT_EQ(load32(zip, end), 0x06054b50u);
  EXPECT_EQ(load16(zip, end + 20), 0);  // no comment
  if (load16(zip, end + 10) != 0xffff) {
    EXPECT_EQ(load32(zip, end + 16) + load32(zip, end + 12), end);
    return {load32(zip, end + 16), load16(zip, end + 10)};
  }
  const size_t locator = end - 20;
  EXPECT_EQ(load32(zip, locator), 0x07064b50u);
  const uint64_t end64 = load64(zip, locator + 8);
  EXPECT_EQ(end64 + 56, locator);
  EXPECT_EQ(load32(zip, end64), 0x06064b50u);
  EXPECT_EQ(load64(zip, end64 + 4), 44u);
  EXPECT_EQ(load64(zip, end64 + 48) + load64(zip, end64 + 40), end64);
  return {load64(zip, end64 + 48), load64(zip, end64 + 32)};
}

// Members by name, in order, each checked in both of its headers.
std::vector<std::pair<std::string, std::string>> unzip(std::string_view zip) {
  std::vector<std::pair<std::string, std::string>> members;
  const Directory directory = find_directory(zip);
  size_t at = directory.offset;
  for (uint64_t i = 0; i < directory.count; ++i) {
    EXPECT_EQ(load32(zip, at), 0x02014b50u);
    const uint32_t crc = load32(zip, at + 16);
    uint64_t size = load32(zip, at + 24);
    uint64_t offset = load32(zip, at + 42);
    const size_t name_size = load16(zip, at + 28);
    const size_t extra_size = load16(zip, at + 30);
    const std::string name(zip.substr(at + 46, name_size));
    if (size == 0xffffffff) {
      const size_t extra = at + 46 + name_size;
      EXPECT_EQ(load16(zip, extra), 1);
      EXPECT_EQ(load16(zip, extra + 2), 24);
      size = load64(zip, extra + 4);
      EXPECT_EQ(load64(zip, extra + 12), size);
      offset = load64(zip, extra + 20);
    }
    EXPECT_EQ(load32(zip, offset), 0x04034b50u);
    EXPECT_EQ(load16(zip, offset + 8), 0);  // stored
    EXPECT_EQ(load32(zip, offset + 14), crc);
    EXPECT_EQ(zip.substr(offset + 30, name_size), name);
    const size_t data = offset + 30 + name_size + load16(zip, offset + 28);
    const std::string bytes(zip.substr(data, size));
    EXPECT_EQ(
        crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()),
        crc);
    members.emplace_back(name, bytes);
    at += 46 + name_size + extra_size;
  }
  return members;
}

// The text of an .npy header, and the elements after it.
std::pair<std::string, std::string> split_npy(const std::string& npy) {
  EXPECT_EQ(npy.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  const size_t size = load16(npy, 8);
  EXPECT_EQ((10 + size) % 64, 0u);
  EXPECT_EQ(npy.at(10 + size - 1), '\n');
  std::string text = npy.substr(10, size - 1);
  text.erase(text.find_last_not_of(' ') + 1);
  return {text, npy.substr(10 + size)};
}

std::string saved(const std::vector<NpzMember>& members) {
  MemoryFileSystem files;
  EXPECT_THAT(files.create_directories("/d"), IsOk());
  EXPECT_THAT(write_npz(files, "/d/a.npz", members), IsOk());
  EXPECT_EQ(files.open_files(), 0u);
  return files.contents("/d/a.npz");
}

std::pair<std::string, std::string> saved_one(const TensorView& values) {
  return split_npy(unzip(saved({{"x", values}})).at(0).second);
}

TEST(NpzTest, HoldsShapeTypeAndElementsOfEachMember) {
  const float floats[] = {1, 2, 3, 4, 5, 6};
  const uint8_t bytes[] = {7, 8};
  const auto members =
      unzip(saved({{"block/fc1", {floats, {2, 3}}}, {"ids", bytes}}));
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(members[0].first, "block/fc1.npy");
  EXPECT_EQ(members[1].first, "ids.npy");
  EXPECT_EQ(split_npy(members[0].second).first,
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,3), }");
  EXPECT_EQ(split_npy(members[0].second).second,
            std::string(reinterpret_cast<const char*>(floats), sizeof floats));
  EXPECT_EQ(split_npy(members[1].second).first,
            "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }");
  EXPECT_EQ(split_npy(members[1].second).second, "\x07\x08");
}

TEST(NpzTest, WritesStridedTensorsInRowMajorOrder) {
  const int16_t values[] = {1, 2, 3, 4, 5, 6};
  const auto [text, elements] = saved_one({values, {3, 2}, {1, 3}});
  EXPECT_THAT(text, HasSubstr("'<i2'"));
  EXPECT_THAT(text, HasSubstr("(3,2)"));
  const int16_t expected[] = {1, 4, 2, 5, 3, 6};
  EXPECT_EQ(elements, std::string(reinterpret_cast<const char*>(expected),
                                  sizeof expected));
}

TEST(NpzTest, WritesScalarsAndEmptyTensors) {
  const double value = 2.5;
  EXPECT_THAT(saved_one({&value, {}}).first, HasSubstr("'shape': ()"));
  EXPECT_EQ(saved_one({&value, {}}).second.size(), 8u);
  EXPECT_THAT(saved_one({&value, {0, 4, 2}}).first, HasSubstr("(0,4,2)"));
  EXPECT_EQ(saved_one({&value, {0, 4, 2}}).second, "");
}

TEST(NpzTest, WritesBfloat16AsFloat32) {
  const BFloat16 values[] = {{0x3fc0}, {0xc000}};  // 1.5, -2
  const auto [text, elements] = saved_one(values);
  EXPECT_THAT(text, HasSubstr("'<f4'"));
  EXPECT_EQ(load32(elements, 0), 0x3fc00000u);
  EXPECT_EQ(load32(elements, 4), 0xc0000000u);
}

TEST(NpzTest, NamesEveryTypeAsNumpyDoes) {
  const std::map<DType, std::string> names = {
      {DType::kFloat16, "<f2"},    {DType::kFloat64, "<f8"},
      {DType::kInt8, "|i1"},       {DType::kInt32, "<i4"},
      {DType::kInt64, "<i8"},      {DType::kUint16, "<u2"},
      {DType::kUint32, "<u4"},     {DType::kUint64, "<u8"},
      {DType::kBool, "|b1"},       {DType::kComplex64, "<c8"},
      {DType::kComplex128, "<c16"}};
  const char memory[16] = {};
  const int64_t shape[] = {1};
  for (const auto& [dtype, name] : names) {
    const auto [text, elements] = saved_one({memory, dtype, shape, 1});
    EXPECT_THAT(text, HasSubstr("'" + name + "'"));
    EXPECT_EQ(elements.size(), dtype_size(dtype)) << name;
  }
}

TEST(NpzTest, UsesZip64WhereSizesOrOffsetsNeedIt) {
  const std::vector<float> values(100, 1.0f);
  MemoryFileSystem files;
  ASSERT_THAT(files.create_directories("/d"), IsOk());
  auto file = files.create("/d/a.npz");
  ASSERT_THAT(file, IsOk());
  const uint8_t small[] = {1};
  ASSERT_THAT(write_npz(**file, {{"s", small}, {"l", values}, {"t", small}},
                        /*zip64_from=*/400),
              IsOk());
  const std::string zip = files.contents("/d/a.npz");
  EXPECT_EQ(load32(zip, zip.size() - 22 + 16), 0xffffffffu);
  const auto members = unzip(zip);
  ASSERT_EQ(members.size(), 3u);
  EXPECT_EQ(members[0].first, "s.npy");
  EXPECT_EQ(split_npy(members[1].second).second.size(), 400u);
  EXPECT_EQ(split_npy(members[2].second).second, "\x01");
}

TEST(NpzTest, CountsMoreMembersThanSixteenBitsHold) {
  const uint8_t value[] = {1};
  const std::vector<NpzMember> members(65'536, {"x", value});
  const auto found = unzip(saved(members));
  ASSERT_EQ(found.size(), members.size());
  EXPECT_EQ(found.back().first, "x~65536.npy");
}

TEST(NpzTest, MakesMemberNamesSafe) {
  EXPECT_EQ(safe_member_name("encoder.fc1"), "encoder.fc1");
  EXPECT_EQ(safe_member_name("/etc/passwd"), "_/etc/passwd");
  EXPECT_EQ(safe_member_name("../../x"), "_/_/x");
  EXPECT_EQ(safe_member_name("a/./b/"), "a/_/b/_");
  EXPECT_EQ(safe_member_name("C:\\x\n"), "C__x_");
  EXPECT_EQ(safe_member_name(""), "_");
  EXPECT_EQ(safe_member_name("größe\xff"), "größe\xef\xbf\xbd");
  EXPECT_LE(safe_member_name(std::string(100'000, '\xff')).size(), 60'000u);
}

TEST(NpzTest, TellsMembersOfOneNameApart) {
  const uint8_t value[] = {1};
  std::vector<std::string> names;
  for (const auto& [name, bytes] :
       unzip(saved({{"a", value}, {"a", value}, {"a~2", value}}))) {
    names.push_back(name);
  }
  EXPECT_THAT(names, ElementsAre("a.npy", "a~2.npy", "a~2~2.npy"));
}

TEST(NpzTest, RefusesWhatNumpyHasNoTypeForAndMakesNoFile) {
  MemoryFileSystem files;
  ASSERT_THAT(files.create_directories("/d"), IsOk());
  const char memory[1] = {};
  const int64_t shape[] = {1};
  EXPECT_THAT(
      write_npz(files, "/d/a.npz",
                {{"q", {memory, DType::kFloat8E4M3, shape, 1}}}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("float8_e4m3")));
  EXPECT_THAT(
      write_npz(files, "/d/a.npz", {{"q", TensorView::invalid("sparse")}}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("sparse")));
  EXPECT_THAT(files.paths(), ElementsAre());
}

TEST(NpzTest, DoesNotOverwrite) {
  MemoryFileSystem files;
  ASSERT_THAT(files.create_directories("/d"), IsOk());
  const uint8_t value[] = {1};
  ASSERT_THAT(write_npz(files, "/d/a.npz", {{"x", value}}), IsOk());
  EXPECT_THAT(write_npz(files, "/d/a.npz", {{"x", value}}),
              StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST(NpzTest, TheWriterOfOneTensorAfterTheOtherWritesTheSame) {
  const std::vector<float> weights = {1, 2, 3};
  const std::vector<int64_t> steps = {4};
  MemoryFileSystem files;
  ASSERT_THAT(files.create_directories("/d"), IsOk());
  ASSERT_THAT(write_npz(files, "/d/a.npz", {{"w", weights}, {"w", steps}}),
              IsOk());
  auto file = files.create("/d/b.npz");
  ASSERT_THAT(file.status(), IsOk());
  NpzWriter npz(**file);
  EXPECT_THAT(npz.add("w", weights), IsOk());
  EXPECT_THAT(
      npz.add("bad", TensorView::invalid("sparse")),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("sparse")));
  EXPECT_THAT(npz.add("w", steps), IsOk());
  EXPECT_THAT(npz.finish(), IsOk());
  EXPECT_EQ(files.contents("/d/b.npz"), files.contents("/d/a.npz"));
}

}  // namespace
}  // namespace tblog::internal
