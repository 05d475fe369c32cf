// SPDX-License-Identifier: Apache-2.0
//
// Scalars of several runs as one run each of their means, deviations, ….

#ifndef TBLOG_TOOLS_TBLOG_MERGE_REDUCE_H_
#define TBLOG_TOOLS_TBLOG_MERGE_REDUCE_H_

#include <string>
#include <vector>

#include "tools/tblog/command.h"

namespace tblog::tool {

// `what` are names out of mean, std, min, max. Throws Failure.
ExitCode reduce_runs(const std::vector<std::string>& paths,
                     const std::vector<std::string>& what,
                     const std::string& out, bool force, bool json,
                     Streams streams);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_MERGE_REDUCE_H_
