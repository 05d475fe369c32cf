// SPDX-License-Identifier: Apache-2.0
//
// SummaryMetadata: which of TensorBoard's pages shows a series, and the texts
// beside it. Thread-safe.

#ifndef TBLOG_SRC_SUMMARY_METADATA_H_
#define TBLOG_SRC_SUMMARY_METADATA_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace tblog::internal {

// How TensorBoard stores and serves a series. Source:
// tensorflow/tensorboard:tensorboard/compat/proto/summary.proto.
enum class DataClass : uint32_t {
  kScalar = 1,        // DT_FLOAT of rank 0
  kTensor = 2,        // any tensor, of kilobytes by intention
  kBlobSequence = 3,  // DT_STRING of rank 1
};

// A kind of summary. Each kind's header in this folder defines its own.
struct Kind {
  // TensorBoard's name for the page; tells kinds apart.
  std::string_view plugin;
  DataClass data_class;
  // Encoded message of the plugin, where it is the same for all tags.
  std::string_view content = {};
  // Whether a value stands outside of the run's time, at a step of its own
  // whatever step the run has come to.
  bool timeless = false;
};

inline bool operator==(const Kind& a, const Kind& b) {
  return a.plugin == b.plugin;
}

// The encoded SummaryMetadata. Both texts may be empty and must be UTF-8.
std::string encode_metadata(const Kind& kind, std::string_view display_name,
                            std::string_view description);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_METADATA_H_
