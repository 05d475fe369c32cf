// SPDX-License-Identifier: Apache-2.0
//
// Whether bytes from outside are the message that TensorBoard will take them
// for. It parses them when the page asks; what does not parse is an error there
// that nobody sees in time. Takes any bytes; what writes links no libprotobuf,
// so that the rules are our own table.

#ifndef TBLOG_SRC_GRAPH_MESSAGE_CHECK_H_
#define TBLOG_SRC_GRAPH_MESSAGE_CHECK_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tblog::internal {

// A GraphDef that libprotobuf parses, and that has a node or a function.
// Errors: InvalidArgument.
absl::Status check_graph_def(std::string_view bytes);

struct CheckedRunMetadata {
  // A graph that the page can show, beside times and memory.
  bool has_graph = false;
};

// A RunMetadata that libprotobuf parses, and that has anything for the page.
// Errors: InvalidArgument.
absl::StatusOr<CheckedRunMetadata> check_run_metadata(std::string_view bytes);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_GRAPH_MESSAGE_CHECK_H_
