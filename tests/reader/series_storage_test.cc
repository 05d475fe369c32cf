// SPDX-License-Identifier: Apache-2.0
//
// What series stand in.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "src/reader/points.h"
#include "src/reader/series_data.h"
#include "src/reader/tag_index.h"
#include "src/reader/tag_order.h"

namespace tblog::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

static_assert(sizeof(SeriesData) <= 72, "there may be a million");
static_assert(sizeof(Place) == 24);

TEST(PointsTest, ColumnsGrowTogether) {
  Points points;
  std::vector<int64_t> steps;
  for (int64_t i = 0; i < 100; ++i) {
    points.add(i, static_cast<double>(2 * i), static_cast<double>(3 * i));
    steps.push_back(i);
    ASSERT_EQ(points.steps(), steps);
    ASSERT_EQ(points.wall_times().back(), 2.0 * static_cast<double>(i));
    ASSERT_EQ(points.numbers().back(), 3.0 * static_cast<double>(i));
    ASSERT_THAT(points.places(), IsEmpty());
  }
}

TEST(PointsTest, PlacesAreAppendedWithTheirFiles) {
  Points points;
  Points more;
  Place place;
  for (uint32_t i = 0; i < 3; ++i) {
    place.file = i;
    points.add(i, i, place);
    more.add(10 + i, 0, place);
  }
  points.append(more, 5);
  EXPECT_THAT(points.steps(), ElementsAre(0, 1, 2, 10, 11, 12));
  EXPECT_EQ(points.places()[2].file, 2u);
  EXPECT_EQ(points.places()[5].file, 7u);
  EXPECT_THAT(points.numbers(), IsEmpty());
  EXPECT_THAT(points.places(), SizeIs(6));
}

TEST(PointsTest, WhatIsLeftOutGivesPlace) {
  Points points;
  for (int64_t i = 0; i < 6; ++i) points.add(i, 0, static_cast<double>(i));
  const Points copy = points;
  points.keep(5, 1);
  points.resize(2);
  EXPECT_THAT(points.steps(), ElementsAre(0, 5));
  EXPECT_THAT(points.numbers(), ElementsAre(0, 5));
  points.resize(0);
  points.add(7, 1, Place{});
  EXPECT_THAT(points.numbers(), IsEmpty());
  EXPECT_THAT(points.places(), SizeIs(1));
  EXPECT_THAT(copy.steps(), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(TagIndexTest, FindsTheNumberOfEachTag) {
  std::vector<std::string> tags;
  TagIndex index;
  const auto tag_of = [&](uint32_t i) -> std::string_view { return tags[i]; };
  EXPECT_EQ(index.find("", tag_of), TagIndex::kNone);
  for (uint32_t i = 0; i < 5000; ++i) {
    tags.push_back(i == 0 ? "" : "tag" + std::to_string(i));
    EXPECT_EQ(index.add(tags.back()), i);
  }
  for (uint32_t i = 0; i < 5000; ++i) ASSERT_EQ(index.find(tags[i], tag_of), i);
  EXPECT_EQ(index.find("tag5000", tag_of), TagIndex::kNone);
}

void expect_sorted(std::vector<std::string> tags) {
  std::vector<const std::string*> order;
  for (const std::string& tag : tags) order.push_back(&tag);
  TagOrder<const std::string*>::sort(
      order, [](const std::string* tag) -> std::string_view { return *tag; });
  std::vector<std::string> sorted;
  for (const std::string* tag : order) sorted.push_back(*tag);
  std::sort(tags.begin(), tags.end());
  EXPECT_EQ(sorted, tags);
}

TEST(TagOrderTest, IsThatOfTheBytes) {
  expect_sorted({});
  expect_sorted({"b", "a"});
  const std::string zero(1, '\0');
  expect_sorted({"a" + zero + zero, "a" + zero, "a", "", zero});
  expect_sorted({"\xff", "a", "\x80"});
  std::mt19937 random(1);
  std::vector<std::string> tags;
  for (int i = 0; i < 3000; ++i) {
    std::string tag = random() % 2 == 0 ? "a/long/prefix/of/many/" : "";
    const size_t size = random() % 20;
    for (size_t j = 0; j < size; ++j)
      tag += static_cast<char>(random() % 3 == 0 ? 0 : 'a' + random() % 2);
    tags.push_back(tag);
  }
  expect_sorted(tags);
  // Each is a part of the next: deeper than the recursion goes.
  tags = {std::string(2000, 'x')};
  for (size_t size = 1; size < 2000; size += 3)
    tags.push_back(std::string(2000 - size, 'x'));
  expect_sorted(tags);
}

}  // namespace
}  // namespace tblog::internal
