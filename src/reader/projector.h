// SPDX-License-Identifier: Apache-2.0
//
// The projector's config of a run's directory.

#ifndef TBLOG_SRC_READER_PROJECTOR_H_
#define TBLOG_SRC_READER_PROJECTOR_H_

#include <string>
#include <vector>

#include "tblog/embedding_value.h"
#include "tblog/record_io.h"

namespace tblog::internal {

// Whether find_embeddings() would look at anything in `directory`.
bool has_projector_config(const std::string& directory);

// The embeddings that the configs of `directory` name. A config that cannot be
// read is told in `skipped`.
std::vector<EmbeddingFiles> find_embeddings(
    const std::string& directory, std::vector<SkippedRegion>* skipped);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_PROJECTOR_H_
