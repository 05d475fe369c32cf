// SPDX-License-Identifier: Apache-2.0

#include "src/summary/custom_scalars.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tblog/proto/plugins.pb.h"
#include "tests/summary/encoded.h"
#include "tests/summary/random_values.h"
#include "tests/testing/status_matchers.h"

namespace tblog::internal {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

void expect_encodes(const CustomScalarLayout& layout,
                    const proto::Layout& expected) {
  const auto encoded = encode_layout(layout);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  EXPECT_EQ(*encoded, bytes_of(expected));
}

TEST(CustomScalarsTest, TheLayoutOfTheHeader) {
  CustomScalarLayout layout;
  layout.category("losses")
      .multiline("both", {"loss/.*"})
      .margin("band", {{"value", "lower", "upper"}});
  proto::Layout expected;
  auto* category = expected.add_category();
  category->set_title("losses");
  auto* chart = category->add_chart();
  chart->set_title("both");
  chart->mutable_multiline()->add_tag("loss/.*");
  chart = category->add_chart();
  chart->set_title("band");
  auto* series = chart->mutable_margin()->add_series();
  series->set_value("value");
  series->set_lower("lower");
  series->set_upper("upper");
  expect_encodes(layout, expected);
}

TEST(CustomScalarsTest, ACategoryIsMadeOnceAndStaysWhereItIs) {
  CustomScalarLayout layout;
  CustomScalarLayout::Category& first = layout.category("0");
  for (int i = 0; i < 1000; ++i) layout.category(std::to_string(i));
  EXPECT_EQ(&layout.category("0"), &first);
  EXPECT_EQ(layout.categories().size(), 1000u);
}

// Not empty, since no scalar has an empty tag.
std::string some_tag(RandomValues& random) { return "t" + random.text(); }

TEST(CustomScalarsTest, IsAsGeneratedCodeWritesItOverRandomLayouts) {
  RandomValues random(5);
  for (int round = 0; round < 300; ++round) {
    CustomScalarLayout layout;
    proto::Layout expected;
    for (size_t c = random.below(4); c > 0; --c) {
      // Its number makes the title a new one.
      const std::string title =
          c == 1 ? random.text() : std::to_string(c) + random.text();
      auto& category = layout.category(title);
      auto* expected_category = expected.add_category();
      expected_category->set_title(title);
      for (size_t n = random.below(4); n > 0; --n) {
        auto* chart = expected_category->add_chart();
        chart->set_title(random.text());
        if (random.flag()) {
          std::vector<std::string> tags(random.below(4));
          auto* multiline = chart->mutable_multiline();
          for (std::string& tag : tags)
            multiline->add_tag(tag = some_tag(random));
          category.multiline(chart->title(), tags);
        } else {
          std::vector<MarginSeries> series(random.below(4));
          auto* margin = chart->mutable_margin();
          for (MarginSeries& one : series) {
            one = {some_tag(random), some_tag(random), some_tag(random)};
            auto* added = margin->add_series();
            added->set_value(one.value);
            added->set_lower(one.lower);
            added->set_upper(one.upper);
          }
          category.margin(chart->title(), series);
        }
      }
      expected_category->set_closed(random.flag());
      category.closed(expected_category->closed());
    }
    expect_encodes(layout, expected);
  }
}

TEST(CustomScalarsTest, TitlesAreMendedAndBadTagsRefused) {
  CustomScalarLayout layout;
  layout.category("a\xff").multiline("b\xff", {"c"});
  proto::Layout expected;
  expected.add_category()->set_title("a\xef\xbf\xbd");
  auto* chart = expected.mutable_category(0)->add_chart();
  chart->set_title("b\xef\xbf\xbd");
  chart->mutable_multiline()->add_tag("c");
  expect_encodes(layout, expected);

  const auto code = absl::StatusCode::kInvalidArgument;
  CustomScalarLayout empty_tag;
  empty_tag.category("a").margin("band", {{"value", "lower"}});
  EXPECT_THAT(encode_layout(empty_tag).status(),
              StatusIs(code, HasSubstr("\"band\" has an empty tag")));
  CustomScalarLayout bad_tag;
  bad_tag.category("a").multiline("lines", {"ok", "\xff"});
  EXPECT_THAT(encode_layout(bad_tag).status(),
              StatusIs(code, HasSubstr("\"lines\" has a tag that is not")));
}

}  // namespace
}  // namespace tblog::internal
