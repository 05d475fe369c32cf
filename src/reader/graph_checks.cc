// SPDX-License-Identifier: Apache-2.0

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/reader/checked_parse.h"
#include "src/reader/value_checks.h"
#include "tblog/proto/graph.pb.h"

namespace tblog::internal {
namespace {

// Attributes of more are named by TensorBoard, not shown.
constexpr size_t kMaxAttributeBytes = 1024;

// The node that an input is the output of: "name", "name:1", "^name".
absl::string_view node_of(absl::string_view input) {
  if (!input.empty() && input[0] == '^') input.remove_prefix(1);
  const size_t colon = input.rfind(':');
  return colon == absl::string_view::npos ? input : input.substr(0, colon);
}

}  // namespace

void check_graph(std::string_view encoded, const TellTrap& tell) {
  proto::GraphDef graph;
  if (absl::Status status = checked_parse(encoded, "graph", &graph);
      !status.ok()) {
    return tell(TrapId::kGraphParsable, std::string(status.message()));
  }
  absl::flat_hash_set<std::string> names;
  for (const proto::NodeDef& node : graph.node()) {
    if (!names.insert(node.name()).second || node.name().empty() ||
        node.name()[0] == '/') {
      tell(TrapId::kGraphNames,
           absl::StrCat(
               "a node called \"", escaped(node.name()), "\"",
               node.name().empty() || node.name()[0] == '/' ? "" : ", twice"));
    }
    for (const auto& [name, value] : node.attr()) {
      if (value.ByteSizeLong() > kMaxAttributeBytes)
        tell(TrapId::kGraphLongAttributes,
             absl::StrCat("\"", escaped(name), "\" of the node \"",
                          escaped(node.name()), "\""));
    }
  }
  for (const proto::NodeDef& node : graph.node()) {
    for (const std::string& input : node.input()) {
      if (names.contains(std::string(node_of(input))) || names.contains(input))
        continue;
      tell(TrapId::kGraphNames,
           absl::StrCat("the node \"", escaped(node.name()),
                        "\" has an input \"", escaped(input),
                        "\", which is no node"));
    }
  }
}

}  // namespace tblog::internal
