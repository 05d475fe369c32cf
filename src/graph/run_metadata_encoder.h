// SPDX-License-Identifier: Apache-2.0
//
// A RunMetadata as TensorFlow's message of that name.

#ifndef TBLOG_SRC_GRAPH_RUN_METADATA_ENCODER_H_
#define TBLOG_SRC_GRAPH_RUN_METADATA_ENCODER_H_

#include <string>

#include "absl/status/statusor.h"
#include "tblog/run_metadata.h"

namespace tblog::internal {

struct EncodedRunMetadata {
  std::string run_metadata;
  // Of its graph; see EncodedGraph.
  std::string remark;
};

// As SummaryWriter::run_metadata() says. Errors: InvalidArgument.
absl::StatusOr<EncodedRunMetadata> encode_run_metadata(
    const RunMetadata& metadata);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_GRAPH_RUN_METADATA_ENCODER_H_
