// SPDX-License-Identifier: Apache-2.0
//
// Values as files: what `show --out` writes.

#ifndef TBLOG_TOOLS_TBLOG_VALUE_FILES_H_
#define TBLOG_TOOLS_TBLOG_VALUE_FILES_H_

#include <ostream>
#include <string>
#include <vector>

#include "tblog/log_reader.h"
#include "tools/tblog/output_folder.h"

namespace tblog::tool {

// A folder, and where it is told what was written.
struct FileSink {
  OutputFolder& folder;
  std::ostream& out;

  void write(const std::string& name, const std::string& extension,
             const std::string& content) const;
};

// Images and clips as they are, texts and tables as Markdown, curves and
// scalars as CSV, meshes as OBJ, graphs as text, all else as JSON. `name` is
// that of the run and the tag. Throw UnreadableValue and Failure. `mesh` is the
// mesh whose vertices the series has, or null.
void write_values(const FileSink& sink, const std::string& name,
                  const Series& series, const std::vector<size_t>& indices,
                  const MeshSeries* mesh);
// Values and metadata as TSV, the sprite as it is.
void write_embedding(const FileSink& sink, const std::string& name,
                     const EmbeddingFiles& embedding);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_VALUE_FILES_H_
