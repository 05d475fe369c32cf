// SPDX-License-Identifier: Apache-2.0
//
// Precision-recall curves, meshes, layouts, hyperparameters, sessions and what
// no plugin of TensorBoard has, as LogReader gives them.

#include <cmath>
#include <string>
#include <variant>

#include "tblog/proto/plugins.pb.h"
#include "tests/reader/log_reader_fixture.h"

namespace tblog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace tblog::testing;  // NOLINT: the builders of event_builder.h

using Datum = HParamsValue::Datum;

class PluginValuesTest : public LogReaderFixture {};

template <class Message>
Value with_content(Value value, const Message& content) {
  value.mutable_metadata()->mutable_plugin_data()->set_content(
      content.SerializeAsString());
  return value;
}

// ---- Precision-recall curves ----

TEST_F(PluginValuesTest, PrCurvesAreTheirRowsAndThresholds) {
  const tblog::Run& run =
      read(summary_record(3, {double_tensor("pr", "pr_curves", {6, 3},
                                            {9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2,
                                             .5, .6, .7, 1, .9, .8})}));
  const Series* series = run.find("pr");
  ASSERT_EQ(series->kind(), ValueKind::kPrCurve);
  absl::StatusOr<PrCurveValue> curve = series->pr_curve(0);
  ASSERT_THAT(curve, IsOk());
  EXPECT_THAT(curve->thresholds, ElementsAre(0, 0.5, 1));
  EXPECT_THAT(curve->true_positives, ElementsAre(9, 8, 7));
  EXPECT_THAT(curve->false_positives, ElementsAre(6, 5, 4));
  EXPECT_THAT(curve->true_negatives, ElementsAre(3, 2, 1));
  EXPECT_THAT(curve->false_negatives, ElementsAre(0, 1, 2));
  EXPECT_THAT(curve->precision, ElementsAre(.5, .6, .7));
  EXPECT_THAT(curve->recall, ElementsAre(1, .9, .8));
  EXPECT_THAT(series->tensor(0)->shape, ElementsAre(6, 3));
}

TEST_F(PluginValuesTest, PrCurvesOfNoAndOneThresholdHaveThem) {
  const tblog::Run& run = read(summary_record(
      0, {double_tensor("a", "pr_curves", {6, 0}, {}),
          double_tensor("b", "pr_curves", {6, 1}, {1, 2, 3, 4, 5, 6})}));
  EXPECT_THAT(run.find("a")->pr_curve(0)->thresholds, IsEmpty());
  EXPECT_THAT(run.find("b")->pr_curve(0)->thresholds, ElementsAre(0));
}

TEST_F(PluginValuesTest, WhatIsNoPrCurveIsSkipped) {
  for (const Value& value :
       {double_tensor("pr", "pr_curves", {5, 1}, {1, 2, 3, 4, 5}),
        double_tensor("pr", "pr_curves", {6}, {1, 2, 3, 4, 5, 6}),
        string_tensor("pr", "pr_curves", {6, 0}, {}),
        named("pr", "pr_curves")}) {
    EXPECT_THAT(reason_for(value), HasSubstr("no precision-recall curve"));
  }
}

// ---- Meshes ----

Value mesh_part(std::string_view tag, std::string_view name,
                proto::MeshPluginData::ContentType part, int64_t batch,
                int64_t count, std::initializer_list<double> numbers) {
  proto::MeshPluginData content;
  content.set_name(std::string(name));
  content.set_content_type(part);
  content.set_json_config("{\"camera\": {}}");
  return with_content(double_tensor(tag, "mesh", {batch, count, 3}, numbers),
                      content);
}

Value vertices(std::string_view name, int64_t batch, int64_t count,
               std::initializer_list<double> numbers) {
  return mesh_part(std::string(name) + "_VERTEX", name,
                   proto::MeshPluginData::VERTEX, batch, count, numbers);
}
Value faces(std::string_view name, std::initializer_list<double> numbers) {
  return mesh_part(std::string(name) + "_FACE", name,
                   proto::MeshPluginData::FACE, 1, 1, numbers);
}
Value colors(std::string_view name, int64_t count,
             std::initializer_list<double> numbers) {
  return mesh_part(std::string(name) + "_COLOR", name,
                   proto::MeshPluginData::COLOR, 1, count, numbers);
}

TEST_F(PluginValuesTest, PartsOfAMeshAreFoundByTheNameInTheirMetadata) {
  const tblog::Run& run =
      read(summary_record(1, {vertices("m", 1, 2, {0, 0, 0, 1, 1, 1}),
                              colors("m", 2, {1, 2, 3, 4, 5, 6})}) +
           summary_record(2, {vertices("m", 1, 2, {0, .5, 0, 2, 2, 2}),
                              faces("m", {0, 1, 1}),
                              colors("m", 2, {255, 0, 128, 7, 8, 9}),
                              vertices("cloud", 2, 1, {1, 2, 3, 4, 5, 6})}));
  const std::vector<MeshSeries> meshes = run.meshes();
  ASSERT_THAT(meshes, SizeIs(2));
  EXPECT_EQ(meshes[0].name, "cloud");
  EXPECT_EQ(meshes[0].faces, nullptr);
  EXPECT_EQ(meshes[0].colors, nullptr);
  absl::StatusOr<MeshValue> cloud = meshes[0].at(0);
  ASSERT_THAT(cloud, IsOk());
  EXPECT_EQ(cloud->batch, 2);
  EXPECT_THAT(cloud->vertices, ElementsAre(1, 2, 3, 4, 5, 6));

  EXPECT_EQ(meshes[1].name, "m");
  ASSERT_EQ(meshes[1].faces, run.find("m_FACE"));
  absl::StatusOr<MeshValue> first = meshes[1].at(0);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(first->faces, IsEmpty());  // there are none at that step
  EXPECT_THAT(first->colors, ElementsAre(1, 2, 3, 4, 5, 6));
  absl::StatusOr<MeshValue> second = meshes[1].at(1);
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(second->vertices, ElementsAre(0, .5, 0, 2, 2, 2));
  EXPECT_THAT(second->faces, ElementsAre(0, 1, 1));
  EXPECT_THAT(second->colors, ElementsAre(255, 0, 128, 7, 8, 9));
  EXPECT_EQ(second->config_json, "{\"camera\": {}}");
}

TEST_F(PluginValuesTest, AMeshWithoutVerticesIsNone) {
  const tblog::Run& run = read(summary_record(1, {faces("m", {0, 1, 2})}));
  EXPECT_THAT(run.meshes(), IsEmpty());
  EXPECT_THAT(run.find("m_FACE")->mesh(0)->faces, ElementsAre(0, 1, 2));
}

TEST_F(PluginValuesTest, PartsThatDoNotFitTogetherAreErrors) {
  const auto at_first = [&](std::initializer_list<Value> values) {
    return read(summary_record(1, values)).meshes().at(0).at(0).status();
  };
  const Value point = vertices("m", 1, 1, {1, 2, 3});
  EXPECT_THAT(at_first({point, faces("m", {0, 0, 1})}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("face of vertex 1")));
  EXPECT_THAT(at_first({point, faces("m", {0, 0, -1})}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(at_first({point, colors("m", 2, {1, 2, 3, 4, 5, 6})}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("2 colours for 1")));
  EXPECT_THAT(
      at_first(
          {vertices("m", 2, 1, {1, 2, 3, 4, 5, 6}), faces("m", {0, 0, 0})}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("other batches")));
}

TEST_F(PluginValuesTest, NumbersThatAMeshCannotHaveAreErrors) {
  const tblog::Run& run = read(summary_record(
      1, {faces("a", {0, 3e9, 0}), faces("b", {0, NAN, 0}),
          colors("c", 1, {0, 0, 256}), colors("d", 1, {0, 0, -1})}));
  for (const Series& series : run.series()) {
    EXPECT_THAT(series.mesh(0), StatusIs(absl::StatusCode::kInvalidArgument))
        << series.tag();
  }
}

TEST_F(PluginValuesTest, WhatIsNoMeshIsSkipped) {
  proto::MeshPluginData content;
  EXPECT_THAT(reason_for(with_content(
                  double_tensor("m", "mesh", {1, 3}, {1, 2, 3}), content)),
              HasSubstr("no mesh"));
  Value broken = vertices("m", 1, 1, {1, 2, 3});
  broken.mutable_metadata()->mutable_plugin_data()->set_content("\x12\x09");
  EXPECT_THAT(reason_for(broken), HasSubstr("metadata of a mesh"));
}

TEST_F(PluginValuesTest, AMeshWhoseMetadataNameNoPartIsAnError) {
  const tblog::Run& run = read(
      summary_record(1, {mesh_part("m", "m", proto::MeshPluginData::UNDEFINED,
                                   1, 1, {1, 2, 3})}));
  EXPECT_THAT(run.find("m")->mesh(0),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

// ---- Layouts ----

TEST_F(PluginValuesTest, LayoutsHaveCategoriesWithCharts) {
  proto::Layout layout;
  proto::Category& losses = *layout.add_category();
  losses.set_title("losses");
  losses.set_closed(true);
  proto::Chart& both = *losses.add_chart();
  both.set_title("both");
  both.mutable_multiline()->add_tag("loss/.*");
  both.mutable_multiline()->add_tag("acc");
  auto& band = *losses.add_chart()->mutable_margin()->add_series();
  band.set_value("v");
  band.set_lower("l");
  band.set_upper("u");
  layout.add_category()->set_title("empty");
  const std::string encoded = layout.SerializeAsString();
  const tblog::Run& run =
      read(summary_record(0, {string_tensor("custom_scalars__config__",
                                            "custom_scalars", {}, {encoded})}));
  const Series& series = run.series().at(0);
  ASSERT_EQ(series.kind(), ValueKind::kLayout);
  absl::StatusOr<LayoutValue> value = series.layout(0);
  ASSERT_THAT(value, IsOk());
  ASSERT_THAT(value->categories, SizeIs(2));
  EXPECT_EQ(value->categories[0].title, "losses");
  EXPECT_TRUE(value->categories[0].closed);
  EXPECT_FALSE(value->categories[1].closed);
  ASSERT_THAT(value->categories[0].charts, SizeIs(2));
  const LayoutValue::Chart& lines = value->categories[0].charts[0];
  EXPECT_EQ(lines.title, "both");
  EXPECT_THAT(lines.tags, ElementsAre("loss/.*", "acc"));
  EXPECT_THAT(lines.margins, IsEmpty());
  const LayoutValue::Chart& margin = value->categories[0].charts[1];
  ASSERT_THAT(margin.margins, SizeIs(1));
  EXPECT_EQ(margin.margins[0].value, "v");
  EXPECT_EQ(margin.margins[0].lower, "l");
  EXPECT_EQ(margin.margins[0].upper, "u");
}

TEST_F(PluginValuesTest, WhatIsNoLayoutIsSkipped) {
  EXPECT_THAT(
      reason_for(string_tensor("c", "custom_scalars", {}, {"\x12\x05"})),
      HasSubstr("layout of custom scalars that is malformed"));
  EXPECT_THAT(reason_for(string_tensor("c", "custom_scalars", {},
                                       {"\x12\x03\x0a\x01\xff"})),  // title
              HasSubstr("not valid UTF-8"));
  EXPECT_THAT(reason_for(string_tensor("c", "custom_scalars", {2}, {"", ""})),
              HasSubstr("no layout"));
  EXPECT_THAT(reason_for(double_tensor("c", "custom_scalars", {}, {1})),
              HasSubstr("no layout"));
}

// ---- Hyperparameters ----

Value hparams(std::string_view tag, const proto::HParamsPluginData& content) {
  return with_content(named(tag, "hparams"), content);
}

TEST_F(PluginValuesTest, SessionsHaveTheirHyperparametersByName) {
  proto::HParamsPluginData start;
  auto& info = *start.mutable_session_start_info();
  (*info.mutable_hparams())["opt"].set_string_value("adam");
  (*info.mutable_hparams())["lr"].set_number_value(0.1);
  (*info.mutable_hparams())["amp"].set_bool_value(true);
  (*info.mutable_hparams())["null"].set_null_value({});
  (*info.mutable_hparams())["list"].mutable_list_value();
  info.set_group_name("group");
  info.set_start_time_secs(12.5);
  proto::HParamsPluginData end;
  end.mutable_session_end_info()->set_status(
      proto::SessionEndInfo::STATUS_FAILURE);
  end.mutable_session_end_info()->set_end_time_secs(99);
  const tblog::Run& run =
      read(summary_record(0, {hparams("_hparams_/session_start_info", start),
                              hparams("_hparams_/session_end_info", end)}));
  const Series* series = run.find("_hparams_/session_start_info");
  ASSERT_EQ(series->kind(), ValueKind::kHParams);
  EXPECT_THAT(series->tensor(0), StatusIs(absl::StatusCode::kNotFound));
  absl::StatusOr<HParamsValue> value = series->hparams(0);
  ASSERT_THAT(value, IsOk());
  const auto& session = std::get<HParamsValue::SessionStart>(value->what);
  using Pair = std::pair<std::string, Datum>;
  EXPECT_THAT(
      session.hparams,
      ElementsAre(Pair("amp", true), Pair("list", Datum()), Pair("lr", 0.1),
                  Pair("null", Datum()), Pair("opt", std::string("adam"))));
  EXPECT_EQ(session.group_name, "group");
  EXPECT_EQ(session.start_time_secs, 12.5);
  value = run.find("_hparams_/session_end_info")->hparams(0);
  ASSERT_THAT(value, IsOk());
  const auto& ended = std::get<HParamsValue::SessionEnd>(value->what);
  EXPECT_EQ(ended.status, HParamsValue::Status::kFailure);
  EXPECT_EQ(ended.end_time_secs, 99);
}

TEST_F(PluginValuesTest, ExperimentsHaveDomainsAndMetrics) {
  proto::HParamsPluginData content;
  proto::HParamsExperiment& message = *content.mutable_experiment();
  message.set_name("mnist");
  message.set_description("*d*");
  message.set_user("me");
  message.set_time_created_secs(7);
  proto::HParamInfo& lr = *message.add_hparam_infos();
  lr.set_name("lr");
  lr.set_display_name("LR");
  lr.set_type(proto::HParamInfo::TYPE_FLOAT64);
  lr.mutable_domain_interval()->set_min_value(1e-5);
  lr.mutable_domain_interval()->set_max_value(1);
  proto::HParamInfo& opt = *message.add_hparam_infos();
  opt.set_name("opt");
  opt.set_type(proto::HParamInfo::TYPE_STRING);
  opt.mutable_domain_discrete()->add_values()->set_string_value("adam");
  opt.mutable_domain_discrete()->add_values()->set_string_value("sgd");
  message.add_hparam_infos()->set_name("any");
  proto::MetricInfo& loss = *message.add_metric_infos();
  loss.mutable_name()->set_group("test");
  loss.mutable_name()->set_tag("loss");
  loss.set_display_name("L");
  loss.set_dataset_type(proto::MetricInfo::DATASET_VALIDATION);
  const tblog::Run& run =
      read(summary_record(0, {hparams("_hparams_/experiment", content)}));
  absl::StatusOr<HParamsValue> value = run.series().at(0).hparams(0);
  ASSERT_THAT(value, IsOk());
  const auto& experiment = std::get<HParamsValue::Experiment>(value->what);
  EXPECT_EQ(experiment.name, "mnist");
  EXPECT_EQ(experiment.description, "*d*");
  EXPECT_EQ(experiment.user, "me");
  EXPECT_EQ(experiment.time_created_secs, 7);
  ASSERT_THAT(experiment.hparams, SizeIs(3));
  EXPECT_EQ(experiment.hparams[0].name, "lr");
  EXPECT_EQ(experiment.hparams[0].display_name, "LR");
  EXPECT_EQ(experiment.hparams[0].type, HParamsValue::Type::kFloat);
  const auto& interval =
      std::get<HParamsValue::Interval>(experiment.hparams[0].domain);
  EXPECT_EQ(interval.min, 1e-5);
  EXPECT_EQ(interval.max, 1);
  EXPECT_THAT(std::get<std::vector<Datum>>(experiment.hparams[1].domain),
              ElementsAre(Datum("adam"), Datum("sgd")));
  EXPECT_TRUE(
      std::holds_alternative<std::monostate>(experiment.hparams[2].domain));
  ASSERT_THAT(experiment.metrics, SizeIs(1));
  EXPECT_EQ(experiment.metrics[0].group, "test");
  EXPECT_EQ(experiment.metrics[0].tag, "loss");
  EXPECT_EQ(experiment.metrics[0].display_name, "L");
  EXPECT_EQ(experiment.metrics[0].dataset, HParamsValue::Dataset::kValidation);
}

TEST_F(PluginValuesTest, HyperparametersWithoutContentAreNone) {
  const tblog::Run& run = read(summary_record(0, {named("h", "hparams")}));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(
      run.series().at(0).hparams(0)->what));
}

TEST_F(PluginValuesTest, MalformedHyperparametersAreSkipped) {
  Value value = named("h", "hparams");
  value.mutable_metadata()->mutable_plugin_data()->set_content("\x1a\x09");
  EXPECT_THAT(reason_for(value), HasSubstr("metadata of hyperparameters"));
}

// ---- Sessions ----

TEST_F(PluginValuesTest, StartsStopsAndCheckpointsAreASeries) {
  std::string records;
  const auto add = [&](int64_t step, proto::SessionLog::SessionStatus status,
                       const char* path, const char* message) {
    proto::Event event;
    event.set_step(step);
    event.mutable_session_log()->set_status(status);
    event.mutable_session_log()->set_checkpoint_path(path);
    event.mutable_session_log()->set_msg(message);
    records += framed(event);
  };
  add(0, proto::SessionLog::START, "", "");
  add(10, proto::SessionLog::CHECKPOINT, "model-10.pt", "");
  add(20, proto::SessionLog::STOP, "", "done");
  const tblog::Run& run = read(records);
  const Series* series = run.find("__session_log__");
  ASSERT_NE(series, nullptr);
  EXPECT_EQ(series->kind(), ValueKind::kSession);
  EXPECT_THAT(series->steps(), ElementsAre(0, 10, 20));
  EXPECT_EQ(series->session(0)->status, SessionStatus::kStart);
  EXPECT_EQ(series->session(1)->status, SessionStatus::kCheckpoint);
  EXPECT_EQ(series->session(1)->checkpoint_path, "model-10.pt");
  EXPECT_EQ(series->session(2)->message, "done");
  EXPECT_THAT(series->tensor(0),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(PluginValuesTest, ASessionLogThatIsMalformedIsNoted) {
  const tblog::Run& run = read(framed(std::string("\x3a\x02\x12\x09", 4)));
  EXPECT_THAT(run.series(), IsEmpty());
  ASSERT_THAT(log_.skipped(), SizeIs(1));
  EXPECT_THAT(log_.skipped()[0].reason, HasSubstr("session log"));
}

TEST_F(PluginValuesTest, ASummaryThatClaimsToBeASessionLogIsSkipped) {
  EXPECT_THAT(reason_for(string_tensor("s", "session_log", {}, {""})),
              HasSubstr("no value of a summary"));
}

// ---- Others ----

TEST_F(PluginValuesTest, OtherPluginsKeepTheirNameAndContent) {
  Value value = named("x", "theirs");
  value.mutable_metadata()->mutable_plugin_data()->set_content("content");
  const tblog::Run& run = read(
      summary_record(0, {value, double_tensor("y", "theirs", {2}, {1, 2})}));
  const Series* series = run.find("x");
  ASSERT_NE(series, nullptr);
  EXPECT_EQ(series->kind(), ValueKind::kOther);
  EXPECT_EQ(series->metadata().plugin, "theirs");
  EXPECT_EQ(series->metadata().content, "content");
  EXPECT_THAT(series->tensor(0), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(run.find("y")->tensor(0)->shape, ElementsAre(2));
}

}  // namespace
}  // namespace tblog
