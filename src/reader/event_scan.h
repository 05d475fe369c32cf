// SPDX-License-Identifier: Apache-2.0
//
// The events of finished files, encoded, one after the other; what is none is
// noted.

#ifndef TBLOG_SRC_READER_EVENT_SCAN_H_
#define TBLOG_SRC_READER_EVENT_SCAN_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "src/event/event_decoder.h"
#include "tblog/record_io.h"

namespace tblog::internal {

struct ScannedEvent {
  const std::string& file;
  Record record;
  uint64_t record_bytes;
  EventView view;
};

// Calls `use` for each event, and stops where it fails. Of records that are no
// events and of damage it adds regions to `skipped`, which may be null.
//
// An event is what libprotobuf parses as one: another ends the loading of
// TensorBoard's Python reader. An empty record is none: it is legal, and drags
// the begin of its run to 1970.
absl::Status scan_events(
    const std::vector<std::string>& files,
    const std::function<absl::Status(const ScannedEvent&)>& use,
    std::vector<SkippedRegion>* skipped, uint64_t* records);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_EVENT_SCAN_H_
