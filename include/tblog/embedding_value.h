// SPDX-License-Identifier: Apache-2.0
//
// Embeddings of the projector page. They stand in files beside the event files,
// which projector_config.pbtxt names.

#ifndef TBLOG_EMBEDDING_VALUE_H_
#define TBLOG_EMBEDDING_VALUE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tblog/export.h"

namespace tblog {

// Points, with what is known of each.
struct EmbeddingValue {
  int64_t points = 0;
  int64_t dimensions = 0;
  std::vector<float> values;  // [points, dimensions]
  // Names of the metadata's columns; empty: there is one, without a name, or
  // no metadata.
  std::vector<std::string> columns;
  std::vector<std::string> metadata;  // [points, columns], row-major
  std::string sprite;                 // an encoded image of all points' images
  std::string bookmarks;              // JSON
};

// An embedding as its config names it. Paths are as they stand there: relative
// to `directory`, mostly, and not to be trusted. Thread-compatible.
struct EmbeddingFiles {
  std::string directory;  // of the config
  std::string name;       // empty: it has none
  std::string tensor_path;
  std::string metadata_path;
  std::string bookmarks_path;
  std::string sprite_path;
  int64_t sprite_width = 0;  // of the image of one point
  int64_t sprite_height = 0;
  std::vector<int64_t> tensor_shape;  // of a binary tensor file

  // The files' content: numbers as decimal text, a point a line, or as raw
  // little-endian float32 with `tensor_shape`.
  //
  // Errors: InvalidArgument for a path that leads outside of `directory`, also
  // by a link, for rows of unequal length, text that is no number or not valid
  // UTF-8, metadata of another number of points; NotFound for a file that is
  // not there, and for values in a checkpoint (no tensor_path);
  // ResourceExhausted for a file of more than 2 GiB or metadata of more than
  // 16,777,216 cells; else what the system said.
  TBLOG_EXPORT absl::StatusOr<EmbeddingValue> read() const;
};

}  // namespace tblog

#endif  // TBLOG_EMBEDDING_VALUE_H_
