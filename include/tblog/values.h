// SPDX-License-Identifier: Apache-2.0
//
// What the values of series are, decoded: plain data, one struct a kind, the
// same for old and new forms. hparams_value.h, graph_value.h and
// embedding_value.h have the larger ones.

#ifndef TBLOG_VALUES_H_
#define TBLOG_VALUES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tblog/dtype.h"
#include "tblog/export.h"

namespace tblog {

// What a series holds. Old and new forms of one thing are one kind.
enum class ValueKind : uint8_t {
  kScalar,       // plugin "scalars", or simple_value
  kHistogram,    // plugin "histograms", or histo
  kImage,        // plugin "images", or image
  kAudio,        // plugin "audio", or audio
  kText,         // plugin "text"
  kTensor,       // plugin "tblog_tensor", or a tensor that no plugin claims
  kPrCurve,      // plugin "pr_curves"
  kMesh,         // plugin "mesh": one part of a mesh
  kLayout,       // plugin "custom_scalars"
  kHParams,      // plugin "hparams"
  kGraph,        // an event's graph, or plugin "graphs"
  kRunMetadata,  // an event's run metadata, or plugin "graph_run_metadata"
  kSession,      // an event's session log: starts, stops, checkpoints
  kEmbedding,    // of the projector, beside the event files: Run::embeddings()
  kOther,        // another plugin
};

// "scalar", "histogram", "image", "audio", "text", "tensor", "pr_curve",
// "mesh", "layout", "hparams", "graph", "run_metadata", "session", "embedding",
// "other".
TBLOG_EXPORT std::string_view value_kind_name(ValueKind kind);
// The kind of that name, or none.
TBLOG_EXPORT std::optional<ValueKind> value_kind_from_name(
    std::string_view name);

// Values x with left <= x < right; of the last bucket x <= right.
struct HistogramBucket {
  double left = 0;
  double right = 0;
  double count = 0;
};

// A histogram as TensorBoard shows it: of the old form the empty outer buckets
// are removed, and the first and last edge are the minimum and maximum.
struct HistogramValue {
  std::vector<HistogramBucket> buckets;
};

// The images of one step, encoded (PNG, mostly; not checked). One that moves is
// one image.
struct ImageValue {
  int32_t width = 0;
  int32_t height = 0;
  std::vector<std::string> images;
};

// The clips of one step, encoded (WAV, mostly; not checked).
struct AudioValue {
  std::vector<std::string> clips;
  std::vector<std::string> labels;  // a clip each, Markdown; empty: there are
                                    // none
  // Only the old form says these beside the clip's own header; 0 and empty: it
  // does not.
  double sample_rate_hz = 0;
  int64_t channels = 0;
  int64_t frames = 0;
  std::string content_type;
};

// Texts (Markdown), row-major; shape {} is a single one, and one of rank 1 or
// 2 is a table. Valid UTF-8.
struct TextValue {
  std::vector<int64_t> shape;
  std::vector<std::string> texts;
};

struct TensorValue {
  // None: a tensor of strings. Quantised integers are given as plain ones.
  std::optional<DType> dtype;
  std::vector<int64_t> shape;  // {} for a single value
  // The elements, row-major, in the host's byte order: a TensorView of
  // bytes.data(), *dtype and shape sees them.
  std::string bytes;
  std::vector<std::string> strings;  // the elements of a tensor of strings

  // The elements as doubles. Errors: InvalidArgument for strings and complex
  // numbers.
  TBLOG_EXPORT absl::StatusOr<std::vector<double>> numbers() const;
};

// Element i of each belongs to the threshold i/(n-1).
struct PrCurveValue {
  std::vector<double> thresholds;  // rising, from 0 to 1
  std::vector<double> true_positives;
  std::vector<double> false_positives;
  std::vector<double> true_negatives;
  std::vector<double> false_negatives;
  std::vector<double> precision;
  std::vector<double> recall;
};

// A mesh, a cloud of points, or one part of it. The parts that are not there
// are empty.
struct MeshValue {
  int64_t batch = 0;            // meshes, one after the other in each vector
  std::vector<float> vertices;  // [batch, points, 3]: x, y, z
  std::vector<int32_t> faces;   // [batch, faces, 3]: indices of vertices
  std::vector<uint8_t> colors;  // [batch, points, 3]: red, green, blue
  std::string config_json;      // camera, lights, material of THREE.js
};

// Which charts the custom scalars page has.
struct LayoutValue {
  // Tags of a band: a curve and what is below and above it.
  struct Margin {
    std::string value;
    std::string lower;
    std::string upper;
  };
  // One of the two has elements; none: the chart says nothing of its content.
  struct Chart {
    std::string title;
    std::vector<std::string> tags;  // multiline: regular expressions
    std::vector<Margin> margins;
  };
  struct Category {
    std::string title;
    bool closed = false;
    std::vector<Chart> charts;
  };
  std::vector<Category> categories;
};

enum class SessionStatus : uint8_t { kUnspecified, kStart, kStop, kCheckpoint };

// What an event says of the program that writes.
struct SessionValue {
  SessionStatus status = SessionStatus::kUnspecified;
  std::string checkpoint_path;  // of kCheckpoint
  std::string message;
};

}  // namespace tblog

#endif  // TBLOG_VALUES_H_
