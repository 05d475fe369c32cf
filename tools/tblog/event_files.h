// SPDX-License-Identifier: Apache-2.0
//
// The event files that paths lead to, for commands that work on files.

#ifndef TBLOG_TOOLS_TBLOG_EVENT_FILES_H_
#define TBLOG_TOOLS_TBLOG_EVENT_FILES_H_

#include <string>
#include <vector>

#include "tblog/log_reader.h"

namespace tblog::tool {

// The runs below `path`, or the one file that it is, whatever its name. Throws
// Failure where there is none.
std::vector<RunFiles> runs_of(const std::string& path);

// The files of all runs below the paths.
std::vector<std::string> event_files_of(const std::vector<std::string>& paths);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_EVENT_FILES_H_
