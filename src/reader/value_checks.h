// SPDX-License-Identifier: Apache-2.0
//
// The traps that a value falls into by itself, whatever stands before it.

#ifndef TBLOG_SRC_READER_VALUE_CHECKS_H_
#define TBLOG_SRC_READER_VALUE_CHECKS_H_

#include <functional>
#include <string>
#include <string_view>

#include "src/event/event_decoder.h"
#include "src/reader/trap_table.h"
#include "tblog/proto/summary.pb.h"
#include "tblog/values.h"

namespace tblog::internal {

using TellTrap = std::function<void(TrapId, std::string detail)>;

// The content that metadata give a plugin.
void check_content(std::string_view plugin, std::string_view content,
                   const TellTrap& tell);

// Whether check_value_traps() would find nothing, as with nearly all values:
// told from its bytes where they stand.
bool is_harmless(ValueKind kind, const ValueView& value);

// A value of that kind, whose metadata have that content.
void check_scalar(const ValueView& value, const TellTrap& tell);
void check_value_traps(ValueKind kind, const proto::Summary::Value& value,
                       std::string_view content, const TellTrap& tell);

// An encoded GraphDef.
void check_graph(std::string_view encoded, const TellTrap& tell);

// The projector's config of a directory, and the files that it names.
void check_projector(const std::string& directory, const TellTrap& tell);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_VALUE_CHECKS_H_
