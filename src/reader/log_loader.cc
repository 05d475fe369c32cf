// SPDX-License-Identifier: Apache-2.0

#include "src/reader/log_loader.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/crc32c.h"
#include "src/base/strings.h"
#include "src/reader/plugin_decoder.h"
#include "src/reader/projector.h"
#include "src/reader/value_decoder.h"
#include "src/record/framing.h"

namespace tblog::internal {
namespace {

bool any_matches(const std::vector<std::string>& globs, std::string_view text) {
  return globs.empty() ||
         std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
           return matches_glob(glob, text);
         });
}

}  // namespace

LogReader LogLoader::load(const std::string& path, FoundRuns found) {
  log_.path_ = path;
  log_.skipped_ = std::move(found.skipped);
  for (const FoundRun& run : found.runs) {
    if (any_matches(options_.runs, run.name)) load_run(run);
  }
  return std::move(log_);
}

void LogLoader::load_run(const FoundRun& found) {
  const size_t first_file = log_.files_.size();
  for (const std::string& path : found.files) load_file(path, found.name);
  note_abandoned(first_file);
  Run run;
  run.name_ = found.name;
  if (!found.directory.empty() && kind_wanted(ValueKind::kEmbedding)) {
    run.embeddings_ = find_embeddings(found.directory, &log_.skipped_);
    std::erase_if(run.embeddings_, [&](const EmbeddingFiles& embedding) {
      return !any_matches(options_.tags, embedding.name);
    });
  }
  for (auto& [tag, growing] : series_) {
    SeriesData& data = growing.data;
    if (!growing.tag_wanted || !kind_wanted(data.kind) || data.steps.empty()) {
      continue;
    }
    data.paths = paths_;
    run.series_.push_back(
        Series(std::make_shared<const SeriesData>(std::move(data))));
  }
  std::sort(run.series_.begin(), run.series_.end(),
            [](const Series& a, const Series& b) { return a.tag() < b.tag(); });
  log_.runs_.push_back(std::move(run));
  series_.clear();
}

// A file that ends inside a record is being written, or its writer was killed.
// Where a later one follows, it was the latter: TensorBoard does not go back.
void LogLoader::note_abandoned(size_t first_file) {
  for (size_t i = first_file; i + 1 < log_.files_.size(); ++i) {
    const FileInfo& file = log_.files_[i];
    if (file.incomplete_bytes == 0) continue;
    log_.skipped_.push_back({file.path, file.bytes - file.incomplete_bytes,
                             file.incomplete_bytes,
                             "the file ends inside a record, and a later file "
                             "follows"});
  }
}

void LogLoader::load_file(const std::string& path, const std::string& run) {
  FileInfo info;
  info.path = path;
  info.run = run;
  paths_->push_back(path);
  damage_ = {};
  too_many_series_ = false;
  absl::StatusOr<RecordReader> reader = RecordReader::open(path);
  absl::Status status = reader.status();
  while (status.ok()) {
    absl::StatusOr<std::optional<Record>> record = reader->next();
    status = record.status();
    if (!status.ok() || !record->has_value()) break;
    ++info.records;
    EventView event;
    const uint64_t record_bytes = reader->offset() - (*record)->offset;
    if (parse_event((*record)->payload, &event)) {
      load_event({&**record, record_bytes, &event}, info);
    } else {
      damage_.add(path, (*record)->offset, record_bytes,
                  "record that is no valid event");
    }
  }
  if (reader.ok()) {
    info.bytes = reader->file_bytes();
    info.incomplete_bytes = reader->incomplete_bytes();
    for (SkippedRegion& region : damage_.merged_with(reader->skipped())) {
      log_.skipped_.push_back(std::move(region));
    }
  }
  if (!status.ok()) {
    const uint64_t offset = reader.ok() ? reader->offset() : 0;
    log_.skipped_.push_back({path, offset, 0, std::string(status.message())});
  }
  log_.files_.push_back(std::move(info));
}

void LogLoader::load_event(const Source& source, FileInfo& info) {
  const EventView& event = *source.event;
  if (info.events++ == 0) info.first_wall_time = event.wall_time;
  info.last_wall_time = event.wall_time;
  if (!event.writer.empty()) info.writer = std::string(event.writer);
  if (event.what == What::kFileVersion && info.file_version.empty()) {
    info.file_version = std::string(event.body);
  }
  if (event.what == What::kGraph) {
    add_blob(source, kGraphTag, kGraphPlugin, event.body);
  } else if (event.what == What::kRunMetadata) {
    std::string_view tag;
    std::string_view bytes;
    parse_run_metadata(event.body, &tag, &bytes);
    add_blob(source, tag, kRunMetadataPlugin, bytes);
  } else if (event.what == What::kSessionLog) {
    if (absl::Status status = decode_session(event.body).status(); status.ok())
      add_blob(source, kSessionTag, kSessionPlugin, event.body);
    else
      skip(source, kSessionTag, to_std(status.message()));
  } else {
    for_each_value(event,
                   [&](const ValueView& value) { add_value(source, value); });
  }
}

LogLoader::Growing* LogLoader::find_or_add(const Source& source,
                                           std::string_view tag) {
  if (auto found = series_.find(to_absl(tag)); found != series_.end()) {
    return &found->second;
  }
  if (series_count_ >= options_.max_series) {
    if (!std::exchange(too_many_series_, true)) {
      skip(source, tag,
           "there are more series than LogReaderOptions::max_series; this one "
           "and further ones are left out");
    }
    return nullptr;
  }
  ++series_count_;
  Growing& series = series_[to_absl(tag)];
  series.data.tag = std::string(tag);
  series.tag_wanted = any_matches(options_.tags, tag);
  return &series;
}

void LogLoader::add_value(const Source& source, const ValueView& value) {
  if (value.form == Form::kOldHistogram) return;
  if (value.form == Form::kNone && !value.has_metadata) return;
  Growing* series = find_or_add(source, value.tag);
  if (series == nullptr || !series->tag_wanted) return;
  SeriesMetadata metadata;
  // Writers that repeat the metadata with each value repeat its bytes.
  if (value.has_metadata &&
      (value.in_parts || series->encoded_metadata != value.metadata)) {
    absl::StatusOr<SeriesMetadata> decoded = decode_metadata(value);
    if (!decoded.ok()) {
      return skip(source, value.tag, to_std(decoded.status().message()));
    }
    metadata = *std::move(decoded);
    if (series->data.metadata.plugin.empty() && !value.in_parts) {
      series->encoded_metadata = std::string(value.metadata);
    }
  }
  adopt(source, *series, value.form, metadata);
  const std::string& plugin =
      metadata.plugin.empty() ? series->data.metadata.plugin : metadata.plugin;
  const ValueKind kind = kind_of(value.form, plugin);
  if (kind != series->data.kind ||
      (kind == ValueKind::kOther && plugin != series->data.metadata.plugin)) {
    return skip(
        source, value.tag,
        absl::StrCat("value of the kind ", to_absl(value_kind_name(kind)),
                     " in a series of "
                     "the kind ",
                     to_absl(value_kind_name(series->data.kind))));
  }
  if (!step_wanted(source.event->step)) return;
  if (!kind_wanted(kind) && kind != ValueKind::kTensor) return;
  absl::Status status = append(source, *series, value);
  if (!status.ok()) skip(source, value.tag, to_std(status.message()));
}

absl::Status LogLoader::append(const Source& source, Growing& series,
                               const ValueView& value) {
  SeriesData& data = series.data;
  if (data.kind == ValueKind::kScalar) {
    absl::StatusOr<double> number = decode_scalar(value);
    if (!number.ok()) return number.status();
    data.values.push_back(*number);
  } else {
    absl::Status status = parse_message(value.encoded, &scratch_);
    if (status.ok()) status = check_value(data.kind, scratch_);
    if (!status.ok()) return status;
    data.places.push_back(place_of(source, value.encoded, PlaceHolds::kValue));
  }
  data.steps.push_back(source.event->step);
  data.wall_times.push_back(source.event->wall_time);
  return absl::OkStatus();
}

void LogLoader::add_blob(const Source& source, std::string_view tag,
                         std::string_view plugin, std::string_view bytes) {
  Growing* series = find_or_add(source, tag);
  if (series == nullptr || !series->tag_wanted) return;
  SeriesMetadata metadata;
  metadata.plugin = std::string(plugin);
  adopt(source, *series, Form::kNone, std::move(metadata));
  SeriesData& data = series->data;
  if (data.metadata.plugin != plugin) {
    return skip(source, tag,
                absl::StrCat("value of the plugin ", to_absl(plugin),
                             " in a series of the plugin ",
                             escaped(data.metadata.plugin)));
  }
  if (!kind_wanted(data.kind) || !step_wanted(source.event->step)) return;
  data.places.push_back(place_of(source, bytes, PlaceHolds::kBlob));
  data.steps.push_back(source.event->step);
  data.wall_times.push_back(source.event->wall_time);
}

void LogLoader::adopt(const Source& source, Growing& series, Form form,
                      SeriesMetadata metadata) {
  SeriesData& data = series.data;
  if (!data.metadata.plugin.empty()) return;
  if (metadata.plugin.empty()) metadata.plugin = plugin_of(form);
  if (metadata.plugin.empty()) return;
  data.metadata = std::move(metadata);
  data.kind = kind_of(form, data.metadata.plugin);
  SeriesData before = std::exchange(
      data, SeriesData{data.tag, data.kind, data.metadata, {}, {}, {}, {}, {}});
  for (size_t i = 0; i < before.places.size(); ++i) {
    std::optional<double> scalar;
    absl::StatusOr<Place> place = reread(before.places[i], data.kind, &scalar);
    if (!place.ok()) {
      skip(source, data.tag,
           absl::StrCat("value from before the tag's first metadata: ",
                        place.status().message()));
      continue;
    }
    if (scalar.has_value()) {
      data.values.push_back(*scalar);
    } else {
      data.places.push_back(*place);
    }
    data.steps.push_back(before.steps[i]);
    data.wall_times.push_back(before.wall_times[i]);
  }
}

// The value at `place` again, now that its kind is known.
absl::StatusOr<Place> LogLoader::reread(const Place& place, ValueKind kind,
                                        std::optional<double>* scalar) {
  absl::StatusOr<ReadableFile> file = ReadableFile::open((*paths_)[place.file]);
  if (!file.ok()) return file.status();
  absl::StatusOr<std::string> encoded = read_place(*file, place);
  if (!encoded.ok()) return encoded.status();
  ValueView value;
  parse_value(*encoded, &value);
  if (kind == ValueKind::kScalar) {
    absl::StatusOr<double> number = decode_scalar(value);
    if (!number.ok()) return number.status();
    *scalar = *number;
    return place;
  }
  absl::Status status = parse_message(value.encoded, &scratch_);
  if (status.ok()) status = check_value(kind, scratch_);
  if (!status.ok()) return status;
  return place;
}

Place LogLoader::place_of(const Source& source, std::string_view bytes,
                          PlaceHolds holds) const {
  const auto in_payload =
      bytes.empty()
          ? 0
          : static_cast<uint64_t>(bytes.data() - source.record->payload.data());
  return {source.record->offset + kRecordHeaderBytes + in_payload,
          static_cast<uint32_t>(bytes.size()), crc32c(bytes),
          static_cast<uint32_t>(paths_->size() - 1), holds};
}

bool LogLoader::kind_wanted(ValueKind kind) const {
  return options_.kinds.empty() ||
         std::find(options_.kinds.begin(), options_.kinds.end(), kind) !=
             options_.kinds.end();
}

bool LogLoader::step_wanted(int64_t step) const {
  return step >= options_.min_step && step <= options_.max_step;
}

void LogLoader::skip(const Source& source, std::string_view tag,
                     std::string_view reason) {
  damage_.add(paths_->back(), source.record->offset, source.record_bytes,
              absl::StrCat("tag \"", escaped(tag), "\": ", to_absl(reason)));
}

}  // namespace tblog::internal
