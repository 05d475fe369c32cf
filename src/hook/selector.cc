// SPDX-License-Identifier: Apache-2.0

#include "src/hook/selector.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/glob.h"
#include "src/base/strings.h"
#include "src/hook/names.h"

namespace tblog::internal {
namespace {

absl::Status bad(std::string_view selector, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("selector \"", escaped(selector), "\": ", why));
}

}  // namespace

absl::StatusOr<Selector> Selector::make(const RuleSpec& spec) {
  Selector selector;
  selector.by_ = spec.select_by;
  if (spec.select_by == SelectBy::kPredicate) {
    if (!spec.predicate) return bad(spec.selector, "there is no predicate");
    selector.predicate_ = spec.predicate;
    selector.parts_.push_back({spec.selector, {}});
    return selector;
  }
  if (spec.select_by == SelectBy::kRegex) {
    try {
      selector.regex_ = std::regex(spec.selector);
    } catch (const std::regex_error& error) {
      return bad(spec.selector, error.what());
    }
    selector.parts_.push_back({spec.selector, {}});
    return selector;
  }
  for (std::string& text : split_list(spec.selector)) {
    if (text.empty()) return bad(spec.selector, "a name is empty");
    std::optional<IndexRange> range;
    if (spec.select_by == SelectBy::kPattern) {
      absl::StatusOr<std::optional<IndexRange>> parsed = parse_index(text);
      if (!parsed.ok()) return parsed.status();
      range = *parsed;
    }
    selector.parts_.push_back({std::move(text), range});
  }
  return selector;
}

std::optional<bool> Selector::matches(size_t i, const LayerInfo& layer,
                                      std::optional<int64_t> count) const {
  const Part& part = parts_[i];
  switch (by_) {
    case SelectBy::kRegex:
      return std::regex_match(layer.name.begin(), layer.name.end(), regex_);
    case SelectBy::kPredicate:
      return predicate_(layer);
    case SelectBy::kType:
      return part.text == layer.type || glob_matches(part.text, layer.type);
    case SelectBy::kPattern:
      break;
  }
  if (part.range) return part.range->contains(layer.index, count);
  return part.text == layer.name || glob_matches(part.text, layer.name);
}

}  // namespace tblog::internal
