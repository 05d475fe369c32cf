// SPDX-License-Identifier: Apache-2.0

#ifndef TBLOG_TOOLS_TBLOG_MODEL_FILE_H_
#define TBLOG_TOOLS_TBLOG_MODEL_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "tools/tblog/failure.h"

namespace tblog::tool {

// The bytes of an ONNX model, of 2 GiB at most. Throws Failure.
std::string read_model(const std::string& path);

// What ends a command whose model is not good.
Failure model_failure(const std::string& path, const absl::Status& status);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_MODEL_FILE_H_
