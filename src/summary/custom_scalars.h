// SPDX-License-Identifier: Apache-2.0
//
// The layout of the custom scalars page: an encoded Layout message in a
// DT_STRING tensor of rank 0. Thread-safe.

#ifndef TBLOG_SRC_SUMMARY_CUSTOM_SCALARS_H_
#define TBLOG_SRC_SUMMARY_CUSTOM_SCALARS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "src/summary/metadata.h"
#include "tblog/custom_scalars.h"

namespace tblog::internal {

inline constexpr Kind kCustomScalarsKind{
    "custom_scalars", DataClass::kTensor, {}, true};

// The one tag by which the page finds a run's layout.
inline constexpr std::string_view kLayoutTag = "custom_scalars__config__";

// The Layout message. Titles that are not UTF-8 are mended.
// Errors: InvalidArgument, naming the chart, for an empty tag and one that is
// not UTF-8, which no scalar can have.
absl::StatusOr<std::string> encode_layout(const CustomScalarLayout& layout);

// A TensorProto of that message.
std::string encode_layout_tensor(std::string_view layout);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_CUSTOM_SCALARS_H_
