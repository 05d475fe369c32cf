// SPDX-License-Identifier: Apache-2.0

#include "src/graph/onnx_names.h"

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/graph/onnx_walk.h"

namespace tblog::internal {

class OnnxNames::Collector : public OnnxVisitor {
 public:
  explicit Collector(OnnxNames& names) : names_(names) {}

  void graph(const OnnxGraph& graph) override {
    for (const auto* list : {&graph.initializers, &graph.inputs, &graph.outputs,
                             &graph.value_infos}) {
      for (const OnnxValue& value : *list) {
        names_.found_.insert(to_absl(value.name));
        note_file(value.external_file);
      }
    }
  }

  absl::Status node(const OnnxNode& node, const std::string&,
                    std::optional<int64_t> index) override {
    if (index) names_.indexed_nodes_ = *index + 1;
    for (const std::string_view name : node.outputs)
      names_.found_.insert(to_absl(name));
    return absl::OkStatus();
  }

  void attribute(const OnnxAttribute& attribute) override {
    note_file(attribute.tensor.external_file);
  }

 private:
  void note_file(std::string_view file) {
    if (!file.empty() && names_.known_files_.insert(to_absl(file)).second)
      names_.external_files_.emplace_back(file);
  }

  OnnxNames& names_;
};

absl::StatusOr<OnnxNames> OnnxNames::of(std::string_view graph) {
  OnnxNames names;
  OnnxBudget budget;
  Collector collector(names);
  if (absl::Status status = walk_onnx(graph, budget, collector); !status.ok())
    return status;
  return names;
}

bool OnnxNames::contains(std::string_view name) const {
  return found_.contains(to_absl(name)) || made_.contains(to_absl(name));
}

std::string OnnxNames::make(std::string_view wanted) {
  const std::string valid = to_valid_utf8(wanted);
  std::string name = valid;
  while (contains(name))
    name = absl::StrCat(valid, "_", ++next_numbers_[valid]);
  made_.insert(name);
  return name;
}

}  // namespace tblog::internal
