// SPDX-License-Identifier: Apache-2.0
//
// What the ways from a value to a record share.

#ifndef TBLOG_SRC_WRITER_CORE_ENCODING_H_
#define TBLOG_SRC_WRITER_CORE_ENCODING_H_

#include <cstdint>
#include <string>

#include "src/event/event_encoder.h"
#include "src/record/framing.h"
#include "src/summary/metadata.h"
#include "src/writer/run.h"

namespace tblog::internal {

inline uint64_t record_size(double wall_time, int64_t step,
                            uint64_t values_bytes) {
  return kRecordHeaderBytes +
         summary_event_size(wall_time, step, values_bytes) + kRecordFooterBytes;
}

inline std::string metadata_of(const Slot& slot) {
  const SeriesInfo none;
  const bool described = slot.state != nullptr && slot.state->info() != nullptr;
  const SeriesInfo& info = described ? *slot.state->info() : none;
  Kind kind = *slot.kind;
  if (!slot.content.empty()) kind.content = slot.content;
  return encode_metadata(kind, info.display_name, info.description);
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_CORE_ENCODING_H_
