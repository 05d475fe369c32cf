// SPDX-License-Identifier: Apache-2.0

#include "src/reader/event_scan.h"

#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/arena.h"
#include "src/reader/checked_parse.h"
#include "src/reader/damage_list.h"
#include "tblog/proto/event.pb.h"

namespace tblog::internal {
namespace {

// Why the payload is no event; empty: it is one.
std::string why_no_event(std::string_view payload, EventView* view) {
  if (payload.empty()) return "empty record";
  if (!parse_event(payload, view)) return "record that is no valid event";
  if (view->what != What::kSummary) return "";
  google::protobuf::Arena arena;
  auto* event = google::protobuf::Arena::CreateMessage<proto::Event>(&arena);
  absl::Status status = checked_parse(payload, "event", event);
  // One too large for us may still be one.
  if (!absl::IsInvalidArgument(status)) return "";
  return absl::StrCat("record that is no valid event: ", status.message());
}

absl::Status scan_file(
    const std::string& path,
    const std::function<absl::Status(const ScannedEvent&)>& use,
    std::vector<SkippedRegion>* skipped, uint64_t* records) {
  RecordReaderOptions options;
  options.cut_off = CutOff::kDamage;
  absl::StatusOr<RecordReader> reader = RecordReader::open(path, options);
  if (!reader.ok()) return reader.status();
  DamageList damage;
  while (true) {
    absl::StatusOr<std::optional<Record>> record = reader->next();
    if (!record.ok()) return record.status();
    if (!record->has_value()) break;
    ++*records;
    const uint64_t bytes = reader->offset() - (*record)->offset;
    EventView view;
    std::string reason = why_no_event((*record)->payload, &view);
    if (!reason.empty()) {
      damage.add(path, (*record)->offset, bytes, std::move(reason));
      continue;
    }
    absl::Status status = use({path, **record, bytes, view});
    if (!status.ok()) return status;
  }
  if (skipped == nullptr) return absl::OkStatus();
  for (SkippedRegion& region : damage.merged_with(reader->skipped()))
    skipped->push_back(std::move(region));
  return absl::OkStatus();
}

}  // namespace

absl::Status scan_events(
    const std::vector<std::string>& files,
    const std::function<absl::Status(const ScannedEvent&)>& use,
    std::vector<SkippedRegion>* skipped, uint64_t* records) {
  uint64_t ignored = 0;
  for (const std::string& path : files) {
    absl::Status status =
        scan_file(path, use, skipped, records != nullptr ? records : &ignored);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace tblog::internal
