// SPDX-License-Identifier: Apache-2.0
//
// Hyperparameters: sessions and experiments. The encoders' own tests hold the
// bytes.

#include "tblog/hparams.h"

#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tblog/proto/plugins.pb.h"
#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class HParamsCallTest : public WriterFixture {
 protected:
  // Of the only value of `event`, which must stand at step 0 and hold a place.
  static proto::HParamsPluginData data_of(const proto::Event& event,
                                          const std::string& tag) {
    EXPECT_EQ(event.step(), 0);
    EXPECT_EQ(event.summary().value_size(), 1);
    const auto& value = event.summary().value(0);
    EXPECT_EQ(value.tag(), "_hparams_/" + tag);
    EXPECT_EQ(value.metadata().plugin_data().plugin_name(), "hparams");
    EXPECT_EQ(value.metadata().data_class(), proto::DATA_CLASS_TENSOR);
    EXPECT_EQ(value.tensor().dtype(), proto::DT_FLOAT);
    EXPECT_EQ(value.tensor().tensor_shape().dim(0).size(), 0);
    proto::HParamsPluginData data;
    EXPECT_TRUE(data.ParseFromString(value.metadata().plugin_data().content()));
    return data;
  }

  // Closes; the session's start in `directory`.
  proto::SessionStartInfo start_info(
      const std::string& directory = "/memory/runs/a") {
    const auto events = this->events(directory);
    EXPECT_THAT(events, SizeIs(2));
    if (events.empty()) return {};
    return data_of(events[0], "session_start_info").session_start_info();
  }

  proto::SessionEndInfo end_info() {
    const auto events =
        parse_file(memory_.contents(memory_.paths_in("/memory/runs/a").at(0)));
    EXPECT_THAT(events, SizeIs(2));
    if (events.size() < 2) return {};
    return data_of(events[1], "session_end_info").session_end_info();
  }
};

TEST_F(HParamsCallTest, ASessionBeginsAtTheCallAndEndsAtClose) {
  open();
  writer_->hparams(
      {{"lr", 0.1}, {"epochs", 10}, {"opt", "adam"}, {"amp", true}},
      {.group_name = "g"});
  clock_.set_wall_time(kNow + 60);
  const auto start = start_info();
  EXPECT_EQ(start.hparams().size(), 4u);
  EXPECT_EQ(start.hparams().at("lr").number_value(), 0.1);
  EXPECT_EQ(start.hparams().at("epochs").number_value(), 10);
  EXPECT_EQ(start.hparams().at("opt").string_value(), "adam");
  EXPECT_TRUE(start.hparams().at("amp").bool_value());
  EXPECT_EQ(start.group_name(), "g");
  EXPECT_EQ(start.start_time_secs(), kNow);
  EXPECT_EQ(end_info().status(), proto::SessionEndInfo::STATUS_SUCCESS);
  EXPECT_EQ(end_info().end_time_secs(), kNow + 60);
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(HParamsCallTest, WithoutAGroupTheNameIsEmptyAndTheRunARowOfItsOwn) {
  open();
  writer_->hparams({{"lr", 0.1}});
  EXPECT_EQ(start_info().group_name(), "");
}

TEST_F(HParamsCallTest, ASecondCallIsRefused) {
  open();
  writer_->hparams({{"lr", 0.1}});
  writer_->hparams({{"lr", 0.2}});
  EXPECT_EQ(writer_->stats().refused, 1u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("called before")));
  EXPECT_EQ(start_info().hparams().at("lr").number_value(), 0.1);
}

TEST_F(HParamsCallTest, FromMapsAndRangesOfHParams) {
  open();
  const std::map<std::string, float> map = {{"a", 1.5f}, {"b", 2}};
  writer_->hparams(map.begin(), map.end());
  SummaryWriter child = writer_->child("texts");
  const std::vector<std::pair<const char*, std::string>> texts = {{"c", "x"}};
  child.hparams(texts.begin(), texts.end(), {.group_name = "g"});
  SummaryWriter other = writer_->child("list");
  const std::vector<HParam> list = {{"d", false}};
  other.hparams(list.begin(), list.end());
  EXPECT_EQ(start_info().hparams().at("a").number_value(), 1.5);
  EXPECT_EQ(start_info("/memory/runs/a/texts").hparams().at("c").string_value(),
            "x");
  const auto start = start_info("/memory/runs/a/list");
  EXPECT_FALSE(start.hparams().at("d").bool_value());
  EXPECT_EQ(start.hparams().at("d").kind_case(),
            google::protobuf::Value::kBoolValue);
}

TEST_F(HParamsCallTest, OddHParamsAreLeftOutOrMendedAndTheOthersWritten) {
  open();
  const double infinity = std::numeric_limits<double>::infinity();
  writer_->hparams({{"", 1},
                    {"\xff", 1},
                    {"inf", infinity},
                    {"text", "\xff"},
                    {"twice", 1},
                    {"good", 3},
                    {"twice", 2}});
  EXPECT_EQ(writer_->stats().refused, 2u);
  EXPECT_THAT(reports(),
              ElementsAre(HasSubstr("without a name"), HasSubstr("UTF-8"),
                          AllOf(HasSubstr("\"inf\""), HasSubstr("left out")),
                          AllOf(HasSubstr("\"text\""), HasSubstr("U+FFFD")),
                          AllOf(HasSubstr("\"twice\""), HasSubstr("later"))));
  const auto start = start_info();
  EXPECT_EQ(start.hparams().size(), 3u);
  EXPECT_EQ(start.hparams().at("text").string_value(), "\xef\xbf\xbd");
  EXPECT_EQ(start.hparams().at("twice").number_value(), 2);
}

TEST_F(HParamsCallTest, ARunWithoutHParamsHasASessionTooIfAsked) {
  open();
  writer_->hparams({});
  EXPECT_THAT(start_info().hparams(), SizeIs(0));
}

TEST_F(HParamsCallTest, WithoutASessionNothingIsWrittenAtClose) {
  open();
  writer_->scalar("loss", 1, 0);
  EXPECT_THAT(events(), SizeIs(1));
}

TEST_F(HParamsCallTest, ASessionOfAChildEndsWithTheRoot) {
  open();
  {
    SummaryWriter child = writer_->child("b");
    child.hparams({{"lr", 1}});
    EXPECT_TRUE(child.close().ok());
  }
  EXPECT_EQ(writer_->stats().events, 1u);
  const auto events = this->events("/memory/runs/a/b");
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(data_of(events[1], "session_end_info").session_end_info().status(),
            proto::SessionEndInfo::STATUS_SUCCESS);
}

TEST_F(HParamsCallTest, TheLastHandleThatGoesEndsTheSession) {
  open();
  writer_->hparams({{"lr", 1}});
  SummaryWriter last = writer_->share();
  writer_.reset();
  { SummaryWriter gone = std::move(last); }
  EXPECT_EQ(end_info().status(), proto::SessionEndInfo::STATUS_SUCCESS);
}

TEST_F(HParamsCallTest, AnExceptionThatUnwindsTheWriterIsAFailure) {
  try {
    SummaryWriter writer("runs/a", options_);
    writer.hparams({{"lr", 1}});
    throw std::runtime_error("training failed");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(end_info().status(), proto::SessionEndInfo::STATUS_FAILURE);
}

TEST_F(HParamsCallTest, AWriterUsedWhileAnExceptionUnwindsMaySucceed) {
  struct Cleanup {
    const WriterOptions& options;
    ~Cleanup() {
      SummaryWriter writer("runs/a", options);
      writer.hparams({{"lr", 1}});
      writer.close().IgnoreError();
    }
  };
  try {
    Cleanup cleanup{options_};
    throw std::runtime_error("something else");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(end_info().status(), proto::SessionEndInfo::STATUS_SUCCESS);
}

TEST_F(HParamsCallTest, AnExceptionOnAnotherThreadThanTheSessionsIsSeen) {
  std::thread thread([this] {
    try {
      SummaryWriter writer("runs/a", options_);
      std::thread([&] { writer.hparams({{"lr", 1}}); }).join();
      throw std::runtime_error("training failed");
    } catch (const std::runtime_error&) {
    }
  });
  thread.join();
  EXPECT_EQ(end_info().status(), proto::SessionEndInfo::STATUS_FAILURE);
}

TEST_F(HParamsCallTest, NoHParamsAfterClose) {
  open();
  writer_->close().IgnoreError();
  writer_->hparams({{"lr", 1}});
  EXPECT_EQ(writer_->stats().events, 0u);
  EXPECT_EQ(writer_->stats().dropped, 1u);
}

TEST_F(HParamsCallTest, AnExperimentIsWrittenOnceAtTheRoot) {
  open();
  HParamsExperiment experiment{{{"lr"}, {"opt"}}, {{"loss"}}};
  experiment.write(*writer_);
  experiment.write(*writer_);
  SummaryWriter child = writer_->child("b");
  experiment.write(child);
  EXPECT_EQ(writer_->stats().refused, 2u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("written before"),
                                     HasSubstr("not into a child()")));
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(1));
  const auto written = data_of(events[0], "experiment").experiment();
  EXPECT_EQ(written.hparam_infos(1).name(), "opt");
  EXPECT_EQ(written.metric_infos(0).name().tag(), "loss");
  EXPECT_EQ(written.time_created_secs(), kNow);
}

TEST_F(HParamsCallTest, ARefusedExperimentMayBeWrittenAgainMended) {
  open();
  HParamsExperiment{{{""}}, {}}.write(*writer_);
  HParamsExperiment{{{"lr"}}, {}}.write(*writer_);
  EXPECT_EQ(writer_->stats().refused, 1u);
  EXPECT_THAT(events(), SizeIs(1));
}

TEST_F(HParamsCallTest, ATagOfAnotherKindIsRefused) {
  open();
  writer_->scalar("_hparams_/session_start_info", 1, 0);
  writer_->scalar("_hparams_/session_end_info", 1, 0);
  writer_->hparams({{"lr", 1}});
  EXPECT_THAT(events(), SizeIs(2));
}

}  // namespace
}  // namespace tblog::testing
