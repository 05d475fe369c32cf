// SPDX-License-Identifier: Apache-2.0

#include "src/graph/onnx_selection.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "src/base/glob.h"
#include "src/base/strings.h"

namespace tblog::internal {

absl::StatusOr<OnnxSelection::Part> OnnxSelection::parse(
    const std::string& text, int64_t nodes) {
  Part part;
  part.text = text;
  if (text.empty() || text[0] != '#') return part;
  part.is_range = true;
  const std::string_view range = std::string_view(text).substr(1);
  const size_t dots = range.find("..");
  std::string_view last = range;
  if (dots != std::string_view::npos) {
    last = range.substr(dots + 2);
    if (!last.empty() && last[0] == '#') last.remove_prefix(1);
  }
  if (!absl::SimpleAtoi(to_absl(range.substr(0, dots)), &part.first) ||
      !absl::SimpleAtoi(to_absl(last), &part.last)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", escaped(text),
                     "\": # wants an index, such as #0, #-1 or #1..#3; \\# "
                     "begins a name"));
  }
  if (part.first < 0) part.first += nodes;
  if (part.last < 0) part.last += nodes;
  return part;
}

absl::StatusOr<OnnxSelection> OnnxSelection::make(
    const std::vector<std::string>& layers, int64_t nodes) {
  OnnxSelection selection;
  for (const std::string& text : layers) {
    absl::StatusOr<Part> part = parse(text, nodes);
    if (!part.ok()) return part.status();
    selection.parts_.push_back(*std::move(part));
  }
  return selection;
}

bool OnnxSelection::has(const Candidate& candidate) {
  bool any = false;
  for (Part& part : parts_) {
    const bool match =
        part.is_range ? candidate.index && part.first <= *candidate.index &&
                            *candidate.index <= part.last
                      : glob_matches(part.text, candidate.value) ||
                            glob_matches(part.text, candidate.node) ||
                            glob_matches(part.text, candidate.path);
    part.matched = part.matched || match;
    any = any || match;
  }
  return any;
}

std::vector<std::string> OnnxSelection::unmatched() const {
  std::vector<std::string> texts;
  for (const Part& part : parts_) {
    if (!part.matched) texts.push_back(part.text);
  }
  return texts;
}

}  // namespace tblog::internal
