// SPDX-License-Identifier: Apache-2.0
//
// Selector: which layers a rule means, ready to be asked. Thread-compatible.

#ifndef TBLOG_SRC_HOOK_SELECTOR_H_
#define TBLOG_SRC_HOOK_SELECTOR_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "src/base/index_range.h"
#include "tblog/rule.h"

namespace tblog::internal {

class Selector {
 public:
  // Errors: InvalidArgument for a selector that can match nothing.
  static absl::StatusOr<Selector> make(const RuleSpec& spec);

  // The pieces of a list; each of them should match something.
  size_t parts() const { return parts_.size(); }
  const std::string& part(size_t i) const { return parts_[i].text; }

  // Whether part `i` matches the layer. `count`: layers that `#-1` counts from,
  // if known; unknown where the answer hangs on it. Throws what the predicate
  // throws.
  std::optional<bool> matches(size_t i, const LayerInfo& layer,
                              std::optional<int64_t> count) const;

 private:
  struct Part {
    std::string text;
    std::optional<IndexRange> range;
  };

  SelectBy by_ = SelectBy::kPattern;
  std::vector<Part> parts_;
  std::regex regex_;
  std::function<bool(const LayerInfo&)> predicate_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_SELECTOR_H_
