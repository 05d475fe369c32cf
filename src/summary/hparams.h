// SPDX-License-Identifier: Apache-2.0
//
// Hyperparameters: HParamsPluginData messages, which stand in the metadata of
// three reserved tags; their tensor only holds a place. Thread-safe.

#ifndef TBLOG_SRC_SUMMARY_HPARAMS_H_
#define TBLOG_SRC_SUMMARY_HPARAMS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "src/summary/metadata.h"
#include "tblog/hparams.h"

namespace tblog::internal {

inline constexpr Kind kHParamsKind{"hparams", DataClass::kTensor, {}, true};

inline constexpr std::string_view kExperimentTag = "_hparams_/experiment";
inline constexpr std::string_view kSessionStartTag =
    "_hparams_/session_start_info";
inline constexpr std::string_view kSessionEndTag = "_hparams_/session_end_info";

// The numbers of TensorBoard's Status.
enum class SessionStatus : uint32_t { kSuccess = 1, kFailure = 2 };

// DT_FLOAT of shape [0].
std::string encode_hparams_tensor();

// The HParamsPluginData of a session's start. Names must be UTF-8, without
// duplicates, and in bytewise order; texts UTF-8.
std::string encode_session_start(std::span<const HParam> hparams,
                                 const HParamsOptions& options,
                                 double start_time_secs);

std::string encode_session_end(SessionStatus status, double end_time_secs);

// Texts that are not UTF-8 are mended.
// Errors: InvalidArgument, as HParamsExperiment::write() says.
absl::StatusOr<std::string> encode_experiment(
    const HParamsExperiment& experiment, double time_created_secs);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_HPARAMS_H_
