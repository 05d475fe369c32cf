// SPDX-License-Identifier: Apache-2.0
//
// New event files by commands: where they go, and what is told of them.

#ifndef TBLOG_TOOLS_TBLOG_REWRITE_OUTPUT_H_
#define TBLOG_TOOLS_TBLOG_REWRITE_OUTPUT_H_

#include <string>
#include <vector>

#include "tblog/log_rewriter.h"
#include "tools/tblog/command.h"

namespace tblog::tool {

// Makes the directory of a run below `out` ("." is `out` itself). Throws
// Failure: the system says no, or it holds event files already and `force` is
// false.
std::string make_run_directory(const std::string& out, const std::string& run,
                               bool force);

// The path in `directory` for a new version of `file`: its name, made one that
// TensorBoard reads.
std::string path_beside(const std::string& directory, const std::string& file);

// The path of a file in `directory` that begins when the first of `files` does,
// so that it sorts among others by its time. `maker` is a part of its name.
std::string new_path(const std::string& directory,
                     const std::vector<std::string>& files,
                     const std::string& maker);

// As rewrite_events(). Throws Failure.
RewriteReport rewrite(const std::vector<std::string>& files,
                      const std::vector<RewriteTarget>& targets,
                      const RewriteOptions& options);

// Tells of one rewriting, as text or JSON; kProblemsFound where something could
// not be read, which stderr says.
ExitCode tell(const RewriteReport& report,
              const std::vector<RewriteTarget>& targets, bool json,
              Streams streams);

// Of the commands that use it.
extern const char kRewriteFields[];

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_REWRITE_OUTPUT_H_
