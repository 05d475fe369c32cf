// SPDX-License-Identifier: Apache-2.0
//
// Hooks over a writer in memory, whose files come back parsed.

#ifndef TBLOG_TESTS_HOOK_HOOK_FIXTURE_H_
#define TBLOG_TESTS_HOOK_HOOK_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tblog/layer_hooks.h"
#include "tests/testing/status_matchers.h"
#include "tests/writer/writer_fixture.h"

namespace tblog::testing {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class HookFixture : public WriterFixture {
 protected:
  HookFixture() { open(); }

  void make(std::vector<Rule> rules, HookOptions options = {}) {
    hooks_.emplace(*writer_, std::move(rules), std::move(options));
  }

  // Taps `values` as the outputs of `layer` in a step of its own.
  void run(int64_t step, const std::string& layer,
           const std::vector<float>& values,
           const Phase& phase = Phase::kTrain) {
    const auto scope = hooks_->step(step, phase);
    hooks_->tap(layer, values);
  }

  using Steps = std::vector<int64_t>;

  // The steps of each tag in the file of `directory`. Closes the writer.
  std::map<std::string, Steps> tags(
      const std::string& directory = "/memory/runs/a") {
    std::map<std::string, Steps> tags;
    for (const auto& event : events(directory)) {
      for (const auto& value : event.summary().value()) {
        tags[value.tag()].push_back(event.step());
      }
    }
    return tags;
  }

  // The number under `tag` at `step`, or nothing.
  std::optional<double> scalar(const std::string& tag, int64_t step) {
    for (const auto& event : events()) {
      for (const auto& value : event.summary().value()) {
        if (event.step() == step && value.tag() == tag) {
          return value.tensor().float_val(0);
        }
      }
    }
    return std::nullopt;
  }

  // The [left, right, count] rows of the histogram under `tag` at `step`.
  std::vector<double> histogram(const std::string& tag, int64_t step) {
    for (const auto& event : events()) {
      for (const auto& value : event.summary().value()) {
        if (event.step() != step || value.tag() != tag) continue;
        const std::string& content = value.tensor().tensor_content();
        std::vector<double> rows(content.size() / sizeof(double));
        std::memcpy(rows.data(), content.data(), content.size());
        return rows;
      }
    }
    return {};
  }

  std::optional<LayerHooks> hooks_;
};

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_HOOK_HOOK_FIXTURE_H_
