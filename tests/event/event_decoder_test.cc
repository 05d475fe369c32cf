// SPDX-License-Identifier: Apache-2.0

#include "src/event/event_decoder.h"

#include <gmock/gmock.h>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "src/base/strings.h"
#include "src/event/wire.h"
#include "tblog/proto/event.pb.h"

namespace tblog::internal {
namespace {

using ::testing::ElementsAre;

std::vector<ValueView> values_of(const EventView& event) {
  std::vector<ValueView> values;
  for_each_value(event, [&](const ValueView& v) { values.push_back(v); });
  return values;
}

std::vector<std::string> tags_of(const EventView& event) {
  std::vector<std::string> tags;
  for (const ValueView& value : values_of(event)) tags.emplace_back(value.tag);
  return tags;
}

// An event with each kind of value.
proto::Event full_event() {
  proto::Event event;
  event.set_wall_time(1234.5);
  event.set_step(-7);
  event.mutable_source_metadata()->set_writer("test");
  auto* summary = event.mutable_summary();
  auto* value = summary->add_value();
  value->set_tag("old");
  value->set_simple_value(0.5f);
  value = summary->add_value();
  value->set_tag("new");
  value->mutable_metadata()->mutable_plugin_data()->set_plugin_name("scalars");
  value->mutable_tensor()->set_dtype(proto::DT_FLOAT);
  value->mutable_tensor()->add_float_val(2.5f);
  value = summary->add_value();
  value->set_tag("größe");
  value->mutable_histo()->add_bucket(1);
  value = summary->add_value();
  value->set_tag("image");
  value->mutable_image()->set_encoded_image_string("png");
  value = summary->add_value();
  value->set_tag("audio");
  value->mutable_audio()->set_encoded_audio_string("wav");
  return event;
}

TEST(EventDecoderTest, GivesWhatTheGeneratedClassesWrote) {
  const std::string payload = full_event().SerializeAsString();
  EventView event;
  ASSERT_TRUE(parse_event(payload, &event));
  EXPECT_EQ(event.wall_time, 1234.5);
  EXPECT_EQ(event.step, -7);
  EXPECT_EQ(event.writer, "test");
  EXPECT_EQ(event.what, What::kSummary);
  const std::vector<ValueView> values = values_of(event);
  ASSERT_THAT(tags_of(event),
              ElementsAre("old", "new", "größe", "image", "audio"));
  EXPECT_EQ(values[0].form, Form::kSimpleValue);
  EXPECT_EQ(values[0].simple_value, 0.5f);
  EXPECT_FALSE(values[0].has_metadata);
  EXPECT_EQ(values[1].form, Form::kTensor);
  EXPECT_TRUE(values[1].has_metadata);
  EXPECT_FALSE(values[1].in_parts);
  EXPECT_EQ(values[2].form, Form::kHistogram);
  EXPECT_EQ(values[3].form, Form::kImage);
  EXPECT_EQ(values[4].form, Form::kAudio);
}

TEST(EventDecoderTest, GivesTheEncodedBodyOfEachForm) {
  const proto::Event written = full_event();
  const std::string payload = written.SerializeAsString();
  EventView event;
  ASSERT_TRUE(parse_event(payload, &event));
  const std::vector<ValueView> values = values_of(event);
  ASSERT_EQ(values.size(), 5u);
  const auto& summary = written.summary();
  EXPECT_EQ(values[1].body, summary.value(1).tensor().SerializeAsString());
  EXPECT_EQ(values[1].metadata,
            summary.value(1).metadata().SerializeAsString());
  EXPECT_EQ(values[2].body, summary.value(2).histo().SerializeAsString());
  EXPECT_EQ(values[3].body, summary.value(3).image().SerializeAsString());
  EXPECT_EQ(values[4].body, summary.value(4).audio().SerializeAsString());
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(values[static_cast<size_t>(i)].encoded,
              summary.value(i).SerializeAsString());
}

TEST(EventDecoderTest, SaysWhenMetadataOrBodyComeInParts) {
  const auto in_parts = [](uint32_t first, uint32_t second) {
    std::string encoded;
    wire::put_bytes_always(encoded, first, "");
    wire::put_bytes_always(encoded, second, "");
    ValueView value;
    EXPECT_TRUE(parse_value(encoded, &value));
    return value.in_parts;
  };
  EXPECT_TRUE(in_parts(9, 9));
  EXPECT_TRUE(in_parts(8, 8));
  EXPECT_FALSE(in_parts(9, 8));
  EXPECT_FALSE(in_parts(4, 8));
  EXPECT_FALSE(in_parts(1, 1));
}

TEST(EventDecoderTest, GivesTagAndBytesOfRunMetadata) {
  std::string encoded;
  wire::put_bytes(encoded, 1, "step 7");
  wire::put_bytes(encoded, 2, "profile");
  std::string_view tag;
  std::string_view bytes;
  ASSERT_TRUE(parse_run_metadata(encoded, &tag, &bytes));
  EXPECT_EQ(tag, "step 7");
  EXPECT_EQ(bytes, "profile");
  EXPECT_FALSE(parse_run_metadata("\x0a\x01\xff", &tag, &bytes));
  EXPECT_FALSE(parse_run_metadata("\x0a\x02x", &tag, &bytes));
}

TEST(EventDecoderTest, GivesStatusPathAndMessageOfASession) {
  SessionView session;
  ASSERT_TRUE(parse_session("\x12\x01x\x08\x02\x1a\x01y", &session));
  EXPECT_EQ(session.status, 2u);
  EXPECT_EQ(session.checkpoint_path, "x");
  EXPECT_EQ(session.message, "y");
  SessionView empty;
  ASSERT_TRUE(parse_session("", &empty));
  EXPECT_EQ(empty.status, 0u);
  EXPECT_FALSE(parse_session("\x08\x01\x08", &empty));
  EXPECT_FALSE(parse_session("\x12\x01\xff", &empty));
  EXPECT_FALSE(parse_session("\x1a\x01\xff", &empty));
}

TEST(EventDecoderTest, RefusesAMalformedSourceOrOneThatIsNotUtf8) {
  const auto taken = [](std::string_view source) {
    std::string payload;
    wire::put_bytes_always(payload, 10, source);
    EventView event;
    return parse_event(payload, &event);
  };
  EXPECT_TRUE(taken("\x0a\x01x"));
  EXPECT_TRUE(taken("\x12\x01\xff"));  // an unknown field
  EXPECT_FALSE(taken("\x0a\x01\xff"));
  EXPECT_FALSE(taken("\x0a\x02x"));
}

TEST(EventDecoderTest, AnEmptyPayloadIsAnEvent) {
  EventView event;
  EXPECT_TRUE(parse_event("", &event));
  EXPECT_EQ(event.what, What::kNone);
  EXPECT_EQ(event.step, 0);
}

TEST(EventDecoderTest, OfSeveralMembersTheLastWins) {
  proto::Event summary;
  summary.mutable_summary()->add_value()->set_tag("a");
  proto::Event version;
  version.set_file_version("brain.Event:2");
  const std::string a = summary.SerializeAsString();
  const std::string v = version.SerializeAsString();
  EventView event;
  const std::string version_last = a + v;
  ASSERT_TRUE(parse_event(version_last, &event));
  EXPECT_EQ(event.what, What::kFileVersion);
  EXPECT_EQ(event.body, "brain.Event:2");
  EXPECT_THAT(tags_of(event), ElementsAre());

  event = {};
  const std::string summary_last = v + a;
  ASSERT_TRUE(parse_event(summary_last, &event));
  EXPECT_EQ(event.what, What::kSummary);
  EXPECT_THAT(tags_of(event), ElementsAre("a"));
}

TEST(EventDecoderTest, PartsOfASummaryAreJoinedUnlessAnotherMemberCameBetween) {
  proto::Event first;
  first.mutable_summary()->add_value()->set_tag("a");
  proto::Event second;
  second.mutable_summary()->add_value()->set_tag("b");
  proto::Event graph;
  graph.set_graph_def("g");
  const std::string a = first.SerializeAsString();
  const std::string b = second.SerializeAsString();
  const std::string g = graph.SerializeAsString();
  const std::string joined = a + b;
  EventView event;
  ASSERT_TRUE(parse_event(joined, &event));
  EXPECT_THAT(tags_of(event), ElementsAre("a", "b"));

  const std::string cleared = a + g + b;
  event = {};
  ASSERT_TRUE(parse_event(cleared, &event));
  EXPECT_THAT(tags_of(event), ElementsAre("b"));
}

TEST(EventDecoderTest, RefusesInvalidUtf8InTagsAndVersions) {
  std::string value;
  wire::put_bytes(value, 1, "bad\xff");
  std::string summary;
  wire::put_bytes(summary, 1, value);
  std::string payload;
  wire::put_bytes(payload, 5, summary);
  EventView event;
  EXPECT_FALSE(parse_event(payload, &event));

  payload.clear();
  wire::put_bytes(payload, 3, "brain\xff");
  EXPECT_FALSE(parse_event(payload, &event));
}

TEST(EventDecoderTest, PassesOverUnknownFieldsAndGroups) {
  std::string payload;
  wire::put_uint64_always(payload, 100, 1);
  payload += "\xa3\x06\x08\x01\xa4\x06";  // group 100 with a varint inside
  wire::put_int64(payload, 2, 5);
  EventView event;
  ASSERT_TRUE(parse_event(payload, &event));
  EXPECT_EQ(event.step, 5);
}

TEST(EventDecoderTest, RefusesGroupsThatNestTooDeepOrDoNotMatch) {
  EventView event;
  std::string deep(100'000, '\x7b');  // group 15, begun
  EXPECT_FALSE(parse_event(deep, &event));
  EXPECT_FALSE(parse_event("\x7b\x74", &event));  // ended as 14
  EXPECT_FALSE(parse_event("\x7c", &event));      // ended only
  EXPECT_TRUE(parse_event("\x7b\x7c", &event));
}

// The generated classes are the oracle: what they take as an event, and the
// values' tags and numbers in it, over damaged payloads. They look inside of
// values, which parse_event() leaves to those who decode them, so that it may
// take more than they do.
TEST(EventDecoderTest, AgreesWithTheGeneratedClassesOnDamagedPayloads) {
  google::protobuf::LogSilencer silencer;  // it prints each invalid string
  std::mt19937 random(3);
  const std::string whole = full_event().SerializeAsString();
  int taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string payload = whole;
    for (unsigned n = random() % 3 + 1; n > 0; --n) {
      const size_t at = random() % payload.size();
      if (random() % 4 == 0) {
        payload.erase(at, random() % 5);
      } else {
        payload[at] = static_cast<char>(random());
      }
      if (payload.empty()) payload = "\x08";
    }
    proto::Event oracle;
    const bool valid = oracle.ParseFromString(payload);
    EventView event;
    const bool parsed = parse_event(payload, &event);
    if (!valid) continue;
    ASSERT_TRUE(parsed) << round << " " << escaped(payload, 1000);
    ++taken;
    ASSERT_EQ(event.step, oracle.step());
    ASSERT_EQ(event.writer, oracle.source_metadata().writer());
    ASSERT_EQ(static_cast<int>(event.what),
              static_cast<int>(oracle.what_case()));
    const std::vector<ValueView> values = values_of(event);
    ASSERT_EQ(values.size(),
              static_cast<size_t>(oracle.summary().value_size()));
    for (size_t i = 0; i < values.size(); ++i) {
      const auto& expected = oracle.summary().value(static_cast<int>(i));
      ASSERT_EQ(values[i].tag, expected.tag());
      ASSERT_EQ(static_cast<int>(values[i].form),
                static_cast<int>(expected.value_case()));
      ASSERT_EQ(values[i].has_metadata, expected.has_metadata());
      if (values[i].form == Form::kSimpleValue &&
          !std::isnan(expected.simple_value())) {
        ASSERT_EQ(values[i].simple_value, expected.simple_value());
      }
    }
  }
  EXPECT_GT(taken, 1000);
}

}  // namespace
}  // namespace tblog::internal
