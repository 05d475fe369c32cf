// SPDX-License-Identifier: Apache-2.0
//
// The files of an embedding, from memory to a run's directory.

#ifndef TBLOG_SRC_WRITER_EMBEDDING_FILES_H_
#define TBLOG_SRC_WRITER_EMBEDDING_FILES_H_

#include <string>

#include "absl/status/status.h"
#include "src/summary/embedding.h"
#include "tblog/file_system.h"

namespace tblog::internal {

inline constexpr char kProjectorConfig[] = "projector_config.pbtxt";

// Writes the files below `directory`, then the embedding's line into the
// directory's projector_config.pbtxt: a config that names a missing file would
// break TensorBoard's page. Each file comes to be by a rename, so that no
// reader sees a part of one. Errors: what the file system said; AlreadyExists
// as merge_projector_config() says. What stood in the directory is as it was
// then, files of this embedding and step aside.
absl::Status write_embedding(FileSystem& file_system,
                             const std::string& directory,
                             const EmbeddingFiles& embedding);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_EMBEDDING_FILES_H_
