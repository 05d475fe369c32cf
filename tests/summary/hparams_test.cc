// SPDX-License-Identifier: Apache-2.0

#include "src/summary/hparams.h"

#include <gmock/gmock.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "tblog/proto/plugins.pb.h"
#include "tests/summary/encoded.h"
#include "tests/summary/random_values.h"
#include "tests/testing/status_matchers.h"

namespace tblog::internal {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Maps in the order of their keys.
std::string deterministic_bytes(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

double finite(RandomValues& random) {
  const double number = random.number();
  return std::isfinite(number) ? number : 0.5;
}

HParamValue some_value(RandomValues& random, google::protobuf::Value* value) {
  switch (random.below(3)) {
    case 0:
      value->set_number_value(finite(random));
      return value->number_value();
    case 1:
      value->set_bool_value(random.flag());
      return value->bool_value();
    default:
      value->set_string_value(random.text());
      return value->string_value();
  }
}

TEST(HParamsTest, SessionsAreAsGeneratedCodeWritesThem) {
  RandomValues random(1);
  for (int round = 0; round < 300; ++round) {
    proto::HParamsPluginData expected;
    auto* start = expected.mutable_session_start_info();
    std::map<std::string, HParamValue> sorted;
    for (size_t n = random.below(6); n > 0; --n) {
      const std::string name = random.text() + std::to_string(n);
      sorted.emplace(name,
                     some_value(random, &(*start->mutable_hparams())[name]));
    }
    std::vector<HParam> hparams;
    for (const auto& [name, value] : sorted) hparams.push_back({name, value});
    const HParamsOptions options = {random.text(), random.text(),
                                    random.text()};
    start->set_group_name(options.group_name);
    start->set_model_uri(options.model_uri);
    start->set_monitor_url(options.monitor_url);
    start->set_start_time_secs(finite(random));
    EXPECT_EQ(encode_session_start(hparams, options, start->start_time_secs()),
              deterministic_bytes(expected));

    const bool failed = random.flag();
    auto* end = expected.mutable_session_end_info();
    end->set_status(failed ? proto::SessionEndInfo::STATUS_FAILURE
                           : proto::SessionEndInfo::STATUS_SUCCESS);
    end->set_end_time_secs(finite(random));
    EXPECT_EQ(encode_session_end(
                  failed ? SessionStatus::kFailure : SessionStatus::kSuccess,
                  end->end_time_secs()),
              bytes_of(expected));
  }
}

HParamInfo some_info(RandomValues& random, size_t number,
                     proto::HParamInfo* expected) {
  HParamInfo info;
  info.name = std::to_string(number) + random.text();
  info.display_name = random.text();
  info.description = random.text();
  expected->set_name(info.name);
  expected->set_display_name(info.display_name);
  expected->set_description(info.description);
  if (random.below(3) == 0) {
    info.interval = {-1, finite(random) + 1};
    if (info.interval->max < -1) info.interval->max = 0;
    expected->set_type(proto::HParamInfo::TYPE_FLOAT64);
    expected->mutable_domain_interval()->set_min_value(info.interval->min);
    expected->mutable_domain_interval()->set_max_value(info.interval->max);
  } else if (random.flag()) {
    auto* values = expected->mutable_domain_discrete();
    info.values.push_back(some_value(random, values->add_values()));
    info.values.push_back(info.values[0]);
    *values->add_values() = values->values(0);
    expected->set_type(
        static_cast<proto::HParamInfo::Type>(info.values[0].type()));
  }
  return info;
}

TEST(HParamsTest, ExperimentsAreAsGeneratedCodeWritesThem) {
  RandomValues random(2);
  for (int round = 0; round < 300; ++round) {
    proto::HParamsPluginData data;
    auto* expected = data.mutable_experiment();
    HParamsExperiment experiment;
    for (size_t n = random.below(5); n > 0; --n)
      experiment.hparams.push_back(
          some_info(random, n, expected->add_hparam_infos()));
    for (size_t n = random.below(5); n > 0; --n) {
      const auto dataset = static_cast<DatasetType>(random.below(3));
      experiment.metrics.push_back({std::to_string(n),
                                    "g" + random.text() + "g", random.text(),
                                    random.text(), dataset});
      const MetricInfo& info = experiment.metrics.back();
      auto* metric = expected->add_metric_infos();
      metric->mutable_name()->set_tag(info.tag);
      metric->mutable_name()->set_group(info.group);
      metric->set_display_name(info.display_name);
      metric->set_description(info.description);
      metric->set_dataset_type(
          static_cast<proto::MetricInfo::DatasetType>(dataset));
    }
    experiment.name = random.text();
    experiment.description = random.text();
    experiment.user = random.text();
    expected->set_name(experiment.name);
    expected->set_description(experiment.description);
    expected->set_user(experiment.user);
    expected->set_time_created_secs(finite(random));
    const auto encoded =
        encode_experiment(experiment, expected->time_created_secs());
    ASSERT_TRUE(encoded.ok()) << encoded.status();
    EXPECT_EQ(*encoded, bytes_of(data));
  }
}

TEST(HParamsTest, TheTensorOnlyHoldsAPlace) {
  EXPECT_EQ(encode_hparams_tensor(), bytes_of(tensor_of(proto::DT_FLOAT, {0})));
}

TEST(HParamsTest, TextsAreMended) {
  proto::HParamsPluginData expected;
  auto* start = expected.mutable_session_start_info();
  start->set_group_name("g\xef\xbf\xbd");
  (*start->mutable_hparams())["a"].set_string_value("\xef\xbf\xbd");
  const std::vector<HParam> hparams = {{"a", "\xff"}};
  EXPECT_EQ(encode_session_start(hparams, {"g\xff", {}, {}}, 0),
            bytes_of(expected));
}

absl::Status refusal(HParamInfo info) {
  HParamsExperiment experiment;
  experiment.hparams.push_back(std::move(info));
  return encode_experiment(experiment, 0).status();
}

TEST(HParamsTest, BadDomainsAreRefused) {
  EXPECT_THAT(refusal({""}), StatusIs(kInvalid, HasSubstr("no name")));
  EXPECT_THAT(refusal({"\xff"}), StatusIs(kInvalid, HasSubstr("UTF-8")));
  EXPECT_THAT(refusal({"a", "", "", {0.1}, {{0, 1}}}),
              StatusIs(kInvalid, HasSubstr("values and an interval")));
  EXPECT_THAT(refusal({"a", "", "", {0.1, "x"}}),
              StatusIs(kInvalid, HasSubstr("several types")));
  EXPECT_THAT(refusal({"a", "", "", {kInfinity}}),
              StatusIs(kInvalid, HasSubstr("not finite")));
  for (const HParamInterval& interval :
       {HParamInterval{1, 0}, HParamInterval{0, kInfinity},
        HParamInterval{kInfinity - kInfinity, 0}})
    EXPECT_THAT(refusal({"a", "", "", {}, interval}),
                StatusIs(kInvalid, HasSubstr("interval")));
}

TEST(HParamsTest, BadColumnsAreRefused) {
  const auto refused = [](HParamsExperiment experiment) {
    return encode_experiment(experiment, 0).status();
  };
  EXPECT_THAT(refused({{{"a"}, {"b"}, {"a"}}}),
              StatusIs(kInvalid, HasSubstr("\"a\" is given twice")));
  EXPECT_THAT(refused({{}, {{"m"}, {"m", "eval"}, {"m"}}}),
              StatusIs(kInvalid, HasSubstr("\"m\" is given twice")));
  EXPECT_THAT(refused({{}, {{""}}}), StatusIs(kInvalid, HasSubstr("no name")));
  EXPECT_THAT(refused({{}, {{"m", "\xff"}}}),
              StatusIs(kInvalid, HasSubstr("UTF-8")));
  for (const char* group : {"/eval", "eval/"})
    EXPECT_THAT(refused({{}, {{"m", group}}}),
                StatusIs(kInvalid, HasSubstr("begins or ends")));
}

}  // namespace
}  // namespace tblog::internal
