// SPDX-License-Identifier: Apache-2.0
//
// Which values of an ONNX model are meant by globs and indices. One thread.

#ifndef TBLOG_SRC_GRAPH_ONNX_SELECTION_H_
#define TBLOG_SRC_GRAPH_ONNX_SELECTION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "src/base/index_range.h"

namespace tblog::internal {

class OnnxSelection {
 public:
  // A value that may be meant.
  struct Candidate {
    std::string_view value;
    std::string_view node;
    std::string_view path;              // "If_0/then_branch/value"
    std::optional<int64_t> index = {};  // of the node; none in a body
  };

  // `nodes`: that indices count. Errors: InvalidArgument for "#x".
  static absl::StatusOr<OnnxSelection> make(
      const std::vector<std::string>& layers, int64_t nodes);

  bool has(const Candidate& candidate);

  // Those of `layers` that has() found nothing for.
  std::vector<std::string> unmatched() const;

 private:
  struct Part {
    std::string text;
    std::optional<IndexRange> range;
    bool matched = false;
  };

  std::vector<Part> parts_;
  int64_t nodes_ = 0;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_GRAPH_ONNX_SELECTION_H_
