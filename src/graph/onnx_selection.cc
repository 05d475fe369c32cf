// SPDX-License-Identifier: Apache-2.0

#include "src/graph/onnx_selection.h"

#include <utility>

#include "src/base/glob.h"

namespace tblog::internal {

absl::StatusOr<OnnxSelection> OnnxSelection::make(
    const std::vector<std::string>& layers, int64_t nodes) {
  OnnxSelection selection;
  selection.nodes_ = nodes;
  for (const std::string& text : layers) {
    const absl::StatusOr<std::optional<IndexRange>> range = parse_index(text);
    if (!range.ok()) return range.status();
    selection.parts_.push_back({text, *range});
  }
  return selection;
}

bool OnnxSelection::has(const Candidate& candidate) {
  bool any = false;
  for (Part& part : parts_) {
    const bool match =
        part.range
            ? candidate.index && *part.range->contains(*candidate.index, nodes_)
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
