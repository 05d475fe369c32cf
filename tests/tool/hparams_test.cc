// SPDX-License-Identifier: Apache-2.0
//
// tblog hparams on the log of a small search.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tblog/tblog.h"
#include "tests/tool/command_fixture.h"

namespace tblog::tool {
namespace {

using ::testing::HasSubstr;

class HParamsTest : public CommandFixture {
 protected:
  // Two sessions; the metrics "acc" and that of a run below, "val/loss".
  void write_search(bool with_experiment) const {
    SummaryWriter root(path("runs"), {.deterministic = true});
    if (with_experiment)
      HParamsExperiment{{{"lr"}}, {{"acc"}, {"loss", "val"}}}.write(root);
    for (const double lr : {0.1, 0.01}) {
      SummaryWriter session = root.child(lr == 0.1 ? "b" : "a");
      session.hparams({{"lr", lr}, {"opt", "=adam"}, {"amp", true}});
      SummaryWriter val = session.child("val");
      for (int64_t step = 0; step < 3; ++step) {
        session.scalar(
            "acc", lr * static_cast<double>(2 - (step - 1) * (step - 1)), step);
        session.scalar("noise", 1, step);
        val.scalar("loss", lr + static_cast<double>(step % 2), step);
      }
    }
    EXPECT_TRUE(root.close().ok());
  }
};

TEST_F(HParamsTest, ATableOfSessionsHasFinalAndBestValues) {
  write_search(false);
  const Result result = tblog("hparams runs --metric acc --metric 'val/*'");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out,
            "RUN   amp    lr    opt  acc final  acc best  val/loss final  "
            "val/loss best  STATUS\n"
            "a    true  0.01  =adam       0.01      0.02            0.01       "
            "    0.01  success\n"
            "b    true   0.1  =adam        0.1       0.2             0.1       "
            "     0.1  success\n");
}

TEST_F(HParamsTest, AllMetricsAreShownWhereNoneIsNamed) {
  write_search(false);
  EXPECT_THAT(tblog("hparams runs").out, HasSubstr("noise best"));
}

TEST_F(HParamsTest, TheStatisticsAreChosen) {
  write_search(false);
  const auto objects = tblog("hparams runs --json").json();
  ASSERT_EQ(objects.size(), 2u);
  EXPECT_EQ(objects[0]["run"], "a");
  EXPECT_EQ(objects[0]["hparams"],
            nlohmann::json({{"amp", true}, {"lr", 0.01}, {"opt", "=adam"}}));
  const auto& loss = objects[1]["metrics"]["val/loss"];
  EXPECT_NEAR(loss["mean"].get<double>(), 0.1 + 1.0 / 3, 1e-6);
  EXPECT_NEAR(loss["max"].get<double>(), 1.1, 1e-6);
  EXPECT_EQ(loss["count"], 3);
  EXPECT_EQ(loss["last_step"], 2);
  EXPECT_THAT(tblog("hparams runs --show mean").out, HasSubstr("acc mean"));
}

TEST_F(HParamsTest, SessionsAreSorted) {
  write_search(false);
  const auto first = [&](const std::string& options) {
    return tblog("hparams runs --json " + options).json().at(0)["run"];
  };
  EXPECT_EQ(first("--sort lr"), "a");
  EXPECT_EQ(first("--sort lr --reverse"), "b");
  EXPECT_EQ(first("--sort acc --reverse"), "b");
  const Result result = tblog("hparams runs --sort lrr");
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("the nearest: lr"));
}

TEST_F(HParamsTest, CsvHasEveryDigitAndNoFormulas) {
  write_search(false);
  EXPECT_THAT(tblog("hparams runs --csv --metric acc --show final").out,
              HasSubstr("run,status,amp,lr,opt,acc final\n"
                        "a,success,true,0.01,'=adam,0.009999999776482582\n"));
}

TEST_F(HParamsTest, TheExperimentNamesTheMetrics) {
  write_search(true);
  const auto objects = tblog("hparams runs --json").json();
  ASSERT_EQ(objects.size(), 2u);
  EXPECT_EQ(objects[0]["metrics"].size(), 2u);
  EXPECT_TRUE(objects[0]["metrics"].contains("acc"));
}

TEST_F(HParamsTest, ALogWithoutSessionsSaysSo) {
  write_run("runs", tblog::testing::EventFile().scalar("a", 0, 1));
  EXPECT_EQ(tblog("hparams runs").code, 2);
}

}  // namespace
}  // namespace tblog::tool
