// SPDX-License-Identifier: Apache-2.0
//
// Tags and kinds: what is refused, what is only remarked upon.

#include <cmath>
#include <string>
#include <vector>

#include "src/writer/reporter.h"
#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RefusalTest : public WriterFixture {};

TEST_F(RefusalTest, BadTagsAreCountedAndReportedOnce) {
  open();
  for (int step = 0; step < 3; ++step) {
    writer_->scalar("", 1, step);
    writer_->scalar("a\xff", 1, step);
    writer_->text("", "x", step);
  }
  EXPECT_EQ(writer_->stats().refused, 9u);
  EXPECT_EQ(writer_->stats().events, 0u);
  EXPECT_THAT(
      reports(),
      ElementsAre(AllOf(HasSubstr("empty"), HasSubstr("/memory/runs/a")),
                  AllOf(HasSubstr("UTF-8"), HasSubstr("a\\xff"))));
  EXPECT_THAT(writer_->close(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("empty")));
}

TEST_F(RefusalTest, OtherScalarsOfTheEventAreWritten) {
  open();
  writer_->scalars({{"", 1}, {"b", 2}}, 0);
  writer_->scalars({{"", 1}}, 1);
  writer_->scalars({}, 2);
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].summary().value(0).tag(), "b");
  EXPECT_EQ(writer_->stats().refused, 2u);
}

TEST_F(RefusalTest, OddTagsAreWrittenAndReportedOnce) {
  open();
  const std::vector<std::string> odd = {"a\"b", "a\\b", "a\nb", "a\x7f"};
  for (int step = 0; step < 2; ++step) {
    for (const std::string& tag : odd) writer_->scalar(tag, 1, step);
  }
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(8));
  EXPECT_EQ(events[2].summary().value(0).tag(), "a\nb");
  EXPECT_THAT(reports(), SizeIs(4));
  EXPECT_THAT(reports()[0], HasSubstr("cannot serve images"));
  EXPECT_THAT(writer_->status(), IsOk());
}

TEST_F(RefusalTest, TagsAreKeptAsTheyAre) {
  open();
  const std::vector<std::string> tags = {"größe/∑", "/a//b/", " ", "a b",
                                         std::string(5000, 'x')};
  for (const std::string& tag : tags) writer_->scalar(tag, 1, 0);
  std::vector<std::string> written;
  for (const auto& event : events())
    written.push_back(event.summary().value(0).tag());
  EXPECT_EQ(written, tags);
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(RefusalTest, ATagKeepsItsKind) {
  open();
  writer_->scalar("x", 1, 0);
  writer_->text("x", "a", 1);
  writer_->histogram("x", std::vector<float>{1}, 2);
  writer_->scalar("x", 1, 3);
  EXPECT_THAT(events(), SizeIs(2));
  EXPECT_EQ(writer_->stats().refused, 2u);
  EXPECT_THAT(reports(),
              ElementsAre(AllOf(HasSubstr("scalars"), HasSubstr("text"))));
}

TEST_F(RefusalTest, TheTagBesideAHistogramMayBeTaken) {
  open();
  writer_->text("w/nonfinite", "mine", 0);
  writer_->histogram("w", std::vector<float>{1, NAN}, 1);
  const auto events = this->events();
  ASSERT_EQ(events[1].summary().value_size(), 1);
  EXPECT_EQ(events[1].summary().value(0).tag(), "w");
  EXPECT_EQ(writer_->stats().refused, 1u);
}

TEST_F(RefusalTest, TensorsThatCannotBeLoggedAreReportedOnceATag) {
  open();
  for (int step = 0; step < 2; ++step) {
    writer_->histogram("h", TensorView::invalid("it is sparse"), step);
    writer_->image("i", TensorView::invalid("it is sparse"), step);
    writer_->tensor("t", TensorView::invalid("it is sparse"), step);
    writer_->scalar("s", TensorView::invalid("it is sparse"), step);
  }
  EXPECT_EQ(writer_->stats().refused, 8u);
  EXPECT_THAT(reports(), SizeIs(4));
  for (const std::string& report : reports())
    EXPECT_THAT(report, HasSubstr("it is sparse"));
  EXPECT_THAT(events(), IsEmpty());
}

TEST_F(RefusalTest, TagsBeyondTheLimitCarryMetadataEachTime) {
  options_.max_tags = 2;
  open();
  for (int step : {1, 0}) {
    for (const char* tag : {"a", "b", "c", "d"}) writer_->scalar(tag, 1, step);
  }
  writer_->scalars({{"a", 1}, {"c", 2}}, 2);
  writer_->text("c", "another kind", 3);
  writer_->describe("e", {"E", ""});
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(10));
  EXPECT_FALSE(events[4].summary().value(0).has_metadata());
  EXPECT_TRUE(events[2].summary().value(0).has_metadata());
  EXPECT_TRUE(events[6].summary().value(0).has_metadata());
  EXPECT_FALSE(events[8].summary().value(0).has_metadata());
  EXPECT_TRUE(events[8].summary().value(1).has_metadata());
  EXPECT_EQ(events[8].summary().value(1).tensor().float_val(0), 2.0f);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("more than 2 tags"),
                                     HasSubstr("\"a\""), HasSubstr("\"b\""),
                                     HasSubstr("cannot be described")));
}

// Memory for causes is bounded; counting goes on.
TEST_F(RefusalTest, CausesAreToldApartUpToALimit) {
  open();
  const size_t many = tblog::internal::Reporter::kMaxCauses + 100;
  for (size_t i = 0; i < many; ++i)
    writer_->scalar("\xff" + std::to_string(i), 1, 0);
  EXPECT_EQ(writer_->stats().refused, many);
  EXPECT_EQ(reports().size(), tblog::internal::Reporter::kMaxCauses);
}

}  // namespace
}  // namespace tblog::testing
