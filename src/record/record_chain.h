// SPDX-License-Identifier: Apache-2.0
//
// Whole records inside what claims to be one: bytes that were lost inside a
// record let it reach over those that follow.

#ifndef TBLOG_SRC_RECORD_RECORD_CHAIN_H_
#define TBLOG_SRC_RECORD_RECORD_CHAIN_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "src/record/file_window.h"

namespace tblog::internal {

// How often headers are followed by one reader, whatever the file.
constexpr uint64_t kMaxHeaderHops = 1'000'000;

// The first offset from `begin` to `end` where headers begin that lead from one
// to the next, and at last exactly to `end`, or to the end of the file. An
// event file that a record holds as its value does not do that: the record's
// own checksum stands behind it. `*hops_left` goes down.
//
// Errors: what the system says.
absl::StatusOr<std::optional<uint64_t>> find_record_chain(FileWindow& window,
                                                          uint64_t begin,
                                                          uint64_t end,
                                                          uint64_t file_end,
                                                          uint64_t* hops_left);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_RECORD_RECORD_CHAIN_H_
