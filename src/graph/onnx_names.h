// SPDX-License-Identifier: Apache-2.0
//
// The names of all values of an ONNX model, which a new one must not take. One
// thread.

#ifndef TBLOG_SRC_GRAPH_ONNX_NAMES_H_
#define TBLOG_SRC_GRAPH_ONNX_NAMES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"

namespace tblog::internal {

class OnnxNames {
 public:
  // Points into the bytes.
  static absl::StatusOr<OnnxNames> of(std::string_view graph);

  bool contains(std::string_view name) const;
  // `wanted` as valid UTF-8, with a number behind it where it is taken.
  std::string make(std::string_view wanted);

  // Nodes that have an index.
  int64_t indexed_nodes() const { return indexed_nodes_; }
  // Where tensors have their values, if not in the model.
  const std::vector<std::string>& external_files() const {
    return external_files_;
  }

 private:
  class Collector;

  absl::flat_hash_set<absl::string_view> found_;
  absl::flat_hash_set<std::string> made_;
  absl::flat_hash_map<std::string, int64_t> next_numbers_;
  absl::flat_hash_set<absl::string_view> known_files_;
  std::vector<std::string> external_files_;
  int64_t indexed_nodes_ = 0;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_GRAPH_ONNX_NAMES_H_
