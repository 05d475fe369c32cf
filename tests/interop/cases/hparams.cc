// SPDX-License-Identifier: Apache-2.0

#include <stdexcept>
#include <string>

#include "tests/interop/cases/cases.h"

namespace cases {
namespace {

// Times that hparams.py knows.
tblog::WriterOptions fixed_time() {
  tblog::WriterOptions options;
  options.deterministic = true;
  return options;
}

void write_ten_sessions(SummaryWriter& root) {
  tblog::HParamsExperiment{
      .hparams = {{.name = "lr",
                   .display_name = "learning rate",
                   .description = "of *Adam*",
                   .interval = tblog::HParamInterval{0, 1}},
                  {.name = "opt", .values = {"adam", "sgd"}},
                  {.name = "amp", .values = {true, false}},
                  {.name = "layers"}},
      .metrics = {{.tag = "loss", .display_name = "Loss"},
                  {.tag = "acc",
                   .group = "eval",
                   .description = "of 1",
                   .dataset_type = tblog::DatasetType::kValidation}},
      .name = "ten runs",
      .description = "to *compare*",
      .user = "\xc3\xbc"}
      .write(root);
  for (int i = 0; i < 10; ++i) {
    SummaryWriter run = root.child("run" + std::to_string(i));
    run.hparams({{"lr", i / 8.0},
                 {"opt", i % 2 == 0 ? "sgd" : "adam"},
                 {"amp", i % 3 == 0},
                 {"layers", i}},
                {.group_name = i >= 8 ? "seeds" : ""});
    for (int64_t step = 0; step < 3; ++step)
      run.scalar("loss", 4.0 - static_cast<double>(step) + i, at(step));
    run.child("eval").scalar("acc", i / 16.0, at(2));
  }
}

void write_failed_session(SummaryWriter& writer) {
  writer.scalar("before", 1, at(0));
  try {
    SummaryWriter session(writer.logdir() + "/session", fixed_time());
    session.hparams({{"lr", 0.5}});
    session.scalar("loss", 7, at(0));
    throw std::runtime_error("the training failed");
  } catch (const std::runtime_error&) {
  }
}

void write_odd_session(SummaryWriter& writer) {
  writer.hparams({{"lr", kNaN},
                  {"", 1},
                  {"layers", 1},
                  {"opt", "\xff"},
                  {"layers", 2},
                  {"amp", false}});
  writer.hparams({{"lr", 0.25}});
  tblog::HParamsExperiment experiment{.hparams = {{.name = ""}}};
  experiment.write(writer);
  writer.scalar("loss", 1, at(0));
}

}  // namespace

Runs hparams_runs() {
  return {
      {"hparams", write_ten_sessions, false, fixed_time()},
      {"hparams failed", write_failed_session},
      {"reported hparams", write_odd_session, kReported, fixed_time()},
  };
}

}  // namespace cases
