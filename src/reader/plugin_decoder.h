// SPDX-License-Identifier: Apache-2.0
//
// Values of the plugins that have more than a tensor of their own: curves,
// meshes, layouts, hyperparameters.

#ifndef TBLOG_SRC_READER_PLUGIN_DECODER_H_
#define TBLOG_SRC_READER_PLUGIN_DECODER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tblog/hparams_value.h"
#include "tblog/proto/summary.pb.h"
#include "tblog/values.h"

namespace tblog::internal {

enum class MeshPart : uint8_t { kUndefined, kVertices, kFaces, kColors };

// What a mesh's metadata say of one of its series.
struct MeshContent {
  std::string name;
  MeshPart part = MeshPart::kUndefined;
  std::string config_json;
};

// Errors: InvalidArgument, as for all below, where the value contradicts itself
// or is not of that kind. `content` is that of the plugin's metadata.
absl::StatusOr<MeshContent> decode_mesh_content(std::string_view content);
absl::StatusOr<HParamsValue> decode_hparams(std::string_view content);

// ResourceExhausted, too, as decode_tensor().
absl::StatusOr<PrCurveValue> decode_pr_curve(
    const proto::Summary::Value& value);
absl::StatusOr<MeshValue> decode_mesh(const proto::Summary::Value& value,
                                      std::string_view content);
absl::StatusOr<LayoutValue> decode_layout(const proto::Summary::Value& value);

// `encoded` is a SessionLog.
absl::StatusOr<SessionValue> decode_session(std::string_view encoded);

// The one string of a tensor of rank 0 or shape [1]; views into `value`.
absl::StatusOr<std::string_view> single_string(
    const proto::Summary::Value& value, std::string_view what);

// What decode_…() would say of the tensor's type and shape, at no cost.
absl::Status check_pr_curve(const proto::Summary::Value& value);
absl::Status check_mesh(const proto::Summary::Value& value);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_PLUGIN_DECODER_H_
