// SPDX-License-Identifier: Apache-2.0
//
// What C++20 adds: options with named fields. usage: calls LOGDIR

#include <chrono>
#include <cstdint>
#include <iostream>
#include <span>
#include <vector>

#include "tblog/tblog.h"

absl::Status log_all_17(const std::string& logdir);

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  tblog::SummaryWriter writer(
      argv[1], {.filename_suffix = ".x",
                .max_flush_delay = std::chrono::milliseconds(100)});
  std::vector<float> v(3);
  writer.describe("h", {.display_name = "H", .description = "*x*"});
  writer.histogram("h", v, 5,
                   {.buckets = 50, .scale = tblog::Scale::kTensorFlow});
  writer.histogram("h", v, tblog::kCurrentStep, {.buckets = 50});
  writer.histogram("h", std::span<const float>(v), 6);
  writer.image("i", {v.data(), {1, 1, 3}}, 5, {.layout = tblog::Layout::kHWC});
  writer.images("b", {v.data(), {1, 1, 1, 3}}, 5,
                {.layout = tblog::Layout::kNHWC,
                 .max_images = 4,
                 .boxes = {{0, 0, 1, 1, "label", {255, 255, 0}},
                           {.right = 1, .bottom = 1, .image = 0}}});
  writer.image_grid("g", {v.data(), {1, 1, 1, 3}}, 5, {.columns = 8});
  writer.animation("m", {v.data(), {1, 1, 1, 3}}, 5,
                   {.frames_per_second = 25, .plays = 1});
  writer.audio("s", v, 5, {.sample_rate_hz = 16'000});
  writer.text_table("r", {{"a", "b"}}, 5, {.header = true});
  writer.pr_curve("p", v, v, 5, {.thresholds = 201, .weights = {}});
  writer.pr_curve("p", v, v);
  writer.pr_curve("counts",
                  {.true_positives = v,
                   .false_positives = v,
                   .true_negatives = v,
                   .false_negatives = v},
                  5);
  writer.mesh("m", {{v.data(), {1, 3}}}, 5);
  tblog::CustomScalarLayout layout;
  layout.category("losses")
      .multiline("both", {"loss/.*"})
      .margin("band", {{"value", "lower", "upper"}});
  writer.layout(layout);
  writer.hparams({{"lr", 0.1}, {"epochs", 10}, {"opt", "adam"}, {"amp", true}});
  const std::vector<tblog::HParam> hparams = {{"lr", 1}};
  tblog::SummaryWriter child = writer.child("c");
  child.hparams(hparams.begin(), hparams.end(), {.group_name = "g"});
  tblog::HParamsExperiment{
      .hparams = {{.name = "lr", .interval = tblog::HParamInterval{0, 1}},
                  {.name = "opt", .values = {"adam", "sgd"}}},
      .metrics = {{"loss"}, {.tag = "acc", .group = "eval"}}}
      .write(writer);
  writer.embedding("e", {v.data(), {1, 3}}, 5, {.labels = {"a"}, .sprite = {}});
  writer.embedding("e", {v.data(), {1, 3}});
  writer.checkpoint("model.ckpt", 5);
  writer.mesh("m", {.vertices = {v.data(), {1, 3}}, .config_json = "{}"});
  if (absl::Status status = writer.close(); !status.ok()) {
    std::cerr << status << '\n';
    return 1;
  }
  // A value that is no step, no PNG, and a tag whose kind changes are among
  // the calls: they are refused, and close() says the first.
  const absl::Status status = log_all_17(argv[1]);
  std::cerr << "expected: " << status << '\n';
  return status.code() == absl::StatusCode::kInvalidArgument ? 0 : 1;
}
