// SPDX-License-Identifier: Apache-2.0

#include "src/reader/run_loader.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "src/base/crc32c.h"
#include "src/base/strings.h"
#include "src/reader/plain_value.h"
#include "src/reader/plugin_decoder.h"
#include "src/reader/projector.h"
#include "src/reader/value_decoder.h"
#include "src/record/framing.h"

namespace tblog::internal {

bool any_matches(const std::vector<std::string>& globs, std::string_view text) {
  return globs.empty() ||
         std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
           return matches_glob(glob, text);
         });
}

namespace {

// Bytes before the end of what was read that must be the same when reading goes
// on there.
constexpr uint64_t kCheckedBytes = 64;

// Bytes of a record that are read along with a value.
constexpr uint64_t kMaxBytesBefore = 1 << 12;

// The checksum of the bytes of the file before `offset`; none: it ends before.
std::optional<uint32_t> crc_before(const std::string& path, uint64_t offset) {
  absl::StatusOr<ReadableFile> file = ReadableFile::open(path);
  if (!file.ok()) return std::nullopt;
  std::string bytes(static_cast<size_t>(std::min(offset, kCheckedBytes)), '\0');
  absl::StatusOr<size_t> got =
      file->read_at(offset - bytes.size(), bytes.data(), bytes.size());
  if (!got.ok() || *got < bytes.size()) return std::nullopt;
  return crc32c(bytes);
}

// What the Python reader takes for the version; 0: none.
double version_of(std::string_view text) {
  constexpr std::string_view kPrefix = "brain.Event:";
  double number = 0;
  if (!text.starts_with(kPrefix) ||
      !absl::SimpleAtod(to_absl(text.substr(kPrefix.size())), &number))
    return 0;
  return number;
}

}  // namespace

void RunLoader::load(const FoundRun& found) {
  found_ = found;
  for (const std::string& path : found.files) load_file(path, std::nullopt);
}

bool RunLoader::continues(const Growing& series, const Growing& file) const {
  return series.data->metadata.plugin == file.data->metadata.plugin &&
         series.data->kind == file.data->kind;
}

bool RunLoader::take_over(RunLoader& file) {
  if (file.too_many_series_ || file.any_rescued_) return false;
  for (const auto& [tag, series] : file.series_) {
    const auto known = series_.find(tag);
    if (known != series_.end() && !continues(known->second, series))
      return false;
  }
  const auto first_path = static_cast<uint32_t>(paths_->size());
  paths_->insert(paths_->end(), file.paths_->begin(), file.paths_->end());
  for (auto& [tag, series] : file.series_) {
    const auto [known, is_new] = series_.try_emplace(tag);
    if (is_new) {
      series_count_->fetch_add(1);
      known->second.tag_wanted = series.tag_wanted;
      known->second.form = series.form;
      known->second.encoded_metadata = std::move(series.encoded_metadata);
      SeriesData& data = *known->second.data;
      data.tag = std::move(series.data->tag);
      data.kind = series.data->kind;
      data.metadata = std::move(series.data->metadata);
      data.paths = paths_;
    }
    append_columns(known->second, series, first_path);
  }
  file.series_.clear();
  std::move(file.files_.begin(), file.files_.end(), std::back_inserter(files_));
  std::move(file.skipped_.begin(), file.skipped_.end(),
            std::back_inserter(skipped_));
  end_ = file.end_;
  return true;
}

void RunLoader::append_columns(Growing& series, Growing& file,
                               uint32_t first_path) {
  const auto append = [](auto& column, auto& more) {
    if (column.empty())
      column = std::move(more);
    else
      column.insert(column.end(), more.begin(), more.end());
  };
  SeriesData& to = *series.data;
  SeriesData& from = *file.data;
  for (Place& place : from.places) place.file += first_path;
  append(to.steps, from.steps);
  append(to.wall_times, from.wall_times);
  append(to.values, from.values);
  append(to.places, from.places);
}

bool RunLoader::load_more(const FoundRun& found) {
  if (!grew_at_its_end(found)) return false;
  const size_t known = files_.size();
  found_ = found;
  if (known > 0) load_file(found.files[known - 1], end_.offset);
  for (size_t i = known; i < found.files.size(); ++i)
    load_file(found.files[i], std::nullopt);
  return true;
}

// Whether all that was read is still there, and all else comes after it.
bool RunLoader::grew_at_its_end(const FoundRun& found) const {
  if (found.files.size() < files_.size() || !end_.is_clean) return false;
  for (size_t i = 0; i < files_.size(); ++i) {
    if (found.files[i] != files_[i].path) return false;
    absl::StatusOr<ReadableFile> file = ReadableFile::open(found.files[i]);
    absl::StatusOr<uint64_t> size =
        file.ok() ? file->size() : absl::StatusOr<uint64_t>(file.status());
    const bool is_last = i + 1 == files_.size();
    if (!size.ok() || *size < files_[i].bytes) return false;
    if (!is_last && *size > files_[i].bytes) return false;
  }
  return files_.empty() ||
         crc_before(files_.back().path, end_.offset) == end_.crc;
}

LoadedRun RunLoader::result() const {
  LoadedRun result;
  result.files = files_;
  result.skipped = skipped_;
  for (SkippedRegion& region : abandoned())
    result.skipped.push_back(std::move(region));
  Run& run = result.run;
  run.name_ = found_.name;
  if (!found_.directory.empty() && kind_wanted(ValueKind::kEmbedding)) {
    run.embeddings_ = find_embeddings(found_.directory, &result.skipped);
    std::erase_if(run.embeddings_, [&](const EmbeddingFiles& embedding) {
      return !any_matches(options_.tags, embedding.name);
    });
  }
  for (const auto& [tag, growing] : series_) {
    if (growing.tag_wanted && kind_wanted(growing.data->kind) &&
        !growing.data->steps.empty())
      run.series_.push_back(Series(growing.data));
  }
  std::sort(run.series_.begin(), run.series_.end(),
            [](const Series& a, const Series& b) { return a.tag() < b.tag(); });
  return result;
}

// A file that ends inside a record is being written, or its writer was killed.
// Where a later one follows, it was the latter: TensorBoard does not go back.
std::vector<SkippedRegion> RunLoader::abandoned() const {
  std::vector<SkippedRegion> regions;
  for (size_t i = 0; i + 1 < files_.size(); ++i) {
    const FileInfo& file = files_[i];
    if (file.incomplete_bytes == 0) continue;
    regions.push_back({file.path, file.bytes - file.incomplete_bytes,
                       file.incomplete_bytes,
                       "the file ends inside a record, and a later file "
                       "follows"});
  }
  return regions;
}

// From `again` on, where reading it ended before; all of it where that is none.
void RunLoader::load_file(const std::string& path,
                          std::optional<uint64_t> again) {
  FileInfo info;
  info.path = path;
  info.run = found_.name;
  if (again.has_value()) {
    info = std::move(files_.back());
    files_.pop_back();
  } else {
    paths_->push_back(path);
    too_many_series_ = false;
  }
  damage_ = {};
  RecordReaderOptions options;
  options.begin = again.value_or(0);
  absl::StatusOr<RecordReader> reader = RecordReader::open(path, options);
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
  end_ = {};
  if (reader.ok()) {
    info.bytes = reader->file_bytes();
    info.incomplete_bytes = reader->incomplete_bytes();
    // A search for a record that came to no end must begin anew.
    const bool searches =
        !reader->skipped().empty() &&
        reader->skipped().back().offset + reader->skipped().back().bytes >=
            info.bytes;
    for (SkippedRegion& region : damage_.merged_with(reader->skipped())) {
      skipped_.push_back(std::move(region));
    }
    const std::optional<uint32_t> crc = crc_before(path, reader->offset());
    end_ = {reader->offset(), crc.value_or(0),
            crc.has_value() && !searches && status.ok()};
  }
  if (!status.ok()) {
    const uint64_t offset = reader.ok() ? reader->offset() : 0;
    skipped_.push_back({path, offset, 0, std::string(status.message())});
  }
  files_.push_back(std::move(info));
}

SeriesData& RunLoader::own(Growing& series) {
  if (series.data.use_count() > 1)
    series.data = std::make_shared<SeriesData>(*series.data);
  return *series.data;
}

void RunLoader::add_time(const Source& source, Growing& series) {
  const int64_t step = source.event->step;
  SeriesData& data = *series.data;
  series.rises =
      series.rises && (data.steps.empty() || step > data.steps.back());
  series.highest_step = std::max(series.highest_step, step);
  data.steps.push_back(step);
  data.wall_times.push_back(source.event->wall_time);
}

// Mostly there is nothing to purge, or the values at the end.
void RunLoader::purge(Growing& series, int64_t step) {
  if (step > series.highest_step || series.data->steps.empty()) return;
  const std::vector<int64_t>& steps = series.data->steps;
  const auto goes = [&](int64_t other) { return other >= step; };
  const auto begin = series.rises
                         ? std::lower_bound(steps.begin(), steps.end(), step)
                         : std::find_if(steps.begin(), steps.end(), goes);
  auto kept = static_cast<size_t>(begin - steps.begin());
  if (kept < steps.size()) {
    SeriesData& data = own(series);
    for (size_t i = kept; i < data.steps.size() && !series.rises; ++i) {
      if (!goes(data.steps[i])) data.keep(i, kept++);
    }
    data.resize(kept);
  }
  series.highest_step = kept == 0 ? std::numeric_limits<int64_t>::min()
                                  : std::min(series.highest_step, step - 1);
}

// As PluginEventAccumulator._MaybePurgeOrphanedData does it.
void RunLoader::purge_before(const EventView& event) {
  if (event.what == What::kFileVersion) file_version_ = version_of(event.body);
  const auto purge_tag = [&](std::string_view tag) {
    const auto found = series_.find(to_absl(tag));
    if (found != series_.end()) purge(found->second, event.step);
  };
  const bool has_values = event.what == What::kSummary ||
                          event.what == What::kGraph ||
                          event.what == What::kRunMetadata;
  SessionView session;
  if (file_version_ >= 2) {
    const bool is_start = event.what == What::kSessionLog &&
                          parse_session(event.body, &session) &&
                          session.status == 1;
    if (is_start && std::exchange(seen_start_, true)) {
      for (auto& [tag, series] : series_) {
        if (tag != to_absl(kSessionTag)) purge(series, event.step);
      }
    }
  } else if (has_values && event.step < most_recent_step_) {
    for_each_value(event,
                   [&](const ValueView& value) { purge_tag(value.tag); });
    if (event.what == What::kGraph) purge_tag(kGraphTag);
  }
  if (has_values) most_recent_step_ = event.step;
}

void RunLoader::load_event(const Source& source, FileInfo& info) {
  const EventView& event = *source.event;
  if (options_.purge == Purge::kPython) purge_before(event);
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

RunLoader::Growing* RunLoader::find(std::string_view tag) {
  Growing* guess = last_ == nullptr ? nullptr : last_->next;
  if (guess == nullptr || guess->data->tag != tag) {
    const auto found = series_.find(to_absl(tag));
    if (found == series_.end()) return nullptr;
    guess = &found->second;
    if (last_ != nullptr) last_->next = guess;
  }
  return last_ = guess;
}

RunLoader::Growing* RunLoader::find_or_add(const Source& source,
                                           std::string_view tag) {
  if (Growing* found = find(tag)) return found;
  if (series_count_->fetch_add(1) >= options_.max_series) {
    if (!std::exchange(too_many_series_, true)) {
      skip(source, tag,
           "there are more series than LogReaderOptions::max_series; this one "
           "and further ones are left out");
    }
    return nullptr;
  }
  Growing& series = series_[to_absl(tag)];
  series.data->tag = std::string(tag);
  series.data->paths = paths_;
  series.tag_wanted = any_matches(options_.tags, tag);
  return &series;
}

void RunLoader::add_value(const Source& source, const ValueView& value) {
  if (value.form == Form::kOldHistogram) return;
  if (value.form == Form::kNone && !value.has_metadata) return;
  Growing* series = find_or_add(source, value.tag);
  if (series == nullptr || !series->tag_wanted) return;
  const bool says_nothing_new =
      !value.has_metadata ||
      (!value.in_parts && series->encoded_metadata == value.metadata);
  const bool is_as_before = value.form == series->form &&
                            value.form != Form::kNone && says_nothing_new;
  if (!is_as_before && !belongs(source, *series, value)) return;
  const int64_t step = source.event->step;
  if (options_.purge == Purge::kRust) purge(*series, step);
  if (!step_wanted(step)) return;
  const ValueKind kind = series->data->kind;
  if (!kind_wanted(kind) && kind != ValueKind::kTensor) return;
  absl::Status status = append(source, *series, value);
  if (!status.ok()) skip(source, value.tag, to_std(status.message()));
}

bool RunLoader::belongs(const Source& source, Growing& series,
                        const ValueView& value) {
  SeriesMetadata metadata;
  // Writers that repeat the metadata with each value repeat its bytes.
  if (value.has_metadata &&
      (value.in_parts || series.encoded_metadata != value.metadata)) {
    absl::StatusOr<SeriesMetadata> decoded = decode_metadata(value);
    if (!decoded.ok()) {
      skip(source, value.tag, to_std(decoded.status().message()));
      return false;
    }
    metadata = *std::move(decoded);
    if (series.data->metadata.plugin.empty() && !value.in_parts) {
      series.encoded_metadata = std::string(value.metadata);
    }
  }
  adopt(source, series, value.form, metadata);
  const std::string& known = series.data->metadata.plugin;
  const std::string& plugin = metadata.plugin.empty() ? known : metadata.plugin;
  const ValueKind kind = kind_of(value.form, plugin);
  if (kind != series.data->kind ||
      (kind == ValueKind::kOther && plugin != known)) {
    skip(source, value.tag,
         absl::StrCat("value of the kind ", to_absl(value_kind_name(kind)),
                      " in a series of the kind ",
                      to_absl(value_kind_name(series.data->kind))));
    return false;
  }
  if (metadata.plugin.empty() && !known.empty()) series.form = value.form;
  return true;
}

absl::Status RunLoader::append(const Source& source, Growing& series,
                               const ValueView& value) {
  SeriesData& data = own(series);
  if (data.kind == ValueKind::kScalar) {
    absl::StatusOr<double> number = decode_scalar(value);
    if (!number.ok()) return number.status();
    data.before_next(options_.max_points);
    data.values.push_back(*number);
  } else {
    if (!is_plain_and_right(data.kind, value)) {
      absl::Status status = parse_message(value.encoded, &scratch_);
      if (status.ok()) status = check_value(data.kind, scratch_);
      if (!status.ok()) return status;
    }
    data.before_next(options_.max_points);
    data.places.push_back(place_of(source, value.encoded, PlaceHolds::kValue));
  }
  add_time(source, series);
  return absl::OkStatus();
}

void RunLoader::add_blob(const Source& source, std::string_view tag,
                         std::string_view plugin, std::string_view bytes) {
  Growing* series = find_or_add(source, tag);
  if (series == nullptr || !series->tag_wanted) return;
  SeriesMetadata metadata;
  metadata.plugin = std::string(plugin);
  adopt(source, *series, Form::kNone, std::move(metadata));
  if (series->data->metadata.plugin != plugin) {
    return skip(source, tag,
                absl::StrCat("value of the plugin ", to_absl(plugin),
                             " in a series of the plugin ",
                             escaped(series->data->metadata.plugin)));
  }
  if (options_.purge == Purge::kRust && plugin != kSessionPlugin)
    purge(*series, source.event->step);
  if (!kind_wanted(series->data->kind) || !step_wanted(source.event->step))
    return;
  SeriesData& data = own(*series);
  data.before_next(options_.max_points);
  data.places.push_back(place_of(source, bytes, PlaceHolds::kBlob));
  add_time(source, *series);
}

void RunLoader::adopt(const Source& source, Growing& series, Form form,
                      SeriesMetadata metadata) {
  if (!series.data->metadata.plugin.empty()) return;
  if (metadata.plugin.empty()) metadata.plugin = plugin_of(form);
  if (metadata.plugin.empty()) return;
  SeriesData& data = own(series);
  data.metadata = std::move(metadata);
  data.kind = kind_of(form, data.metadata.plugin);
  any_rescued_ = any_rescued_ || !data.places.empty();
  SeriesData before = std::exchange(data, SeriesData{data.tag,
                                                     data.kind,
                                                     data.metadata,
                                                     {},
                                                     {},
                                                     {},
                                                     {},
                                                     data.paths,
                                                     data.count,
                                                     data.stride});
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
  if (data.steps.size() < before.steps.size()) {
    data.count -=
        std::min<uint64_t>(data.count, before.steps.size() - data.steps.size());
    data.stride = 1;  // thinning out begins anew with those that are left
  }
}

// The value at `place` again, now that its kind is known.
absl::StatusOr<Place> RunLoader::reread(const Place& place, ValueKind kind,
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

Place RunLoader::place_of(const Source& source, std::string_view bytes,
                          PlaceHolds holds) const {
  const std::string_view payload = source.record->payload;
  const auto before =
      bytes.empty() ? 0 : static_cast<uint64_t>(bytes.data() - payload.data());
  Place place;
  place.offset = source.record->offset + kRecordHeaderBytes + before;
  place.bytes = static_cast<uint32_t>(bytes.size());
  place.file = static_cast<uint32_t>(paths_->size() - 1);
  place.holds = holds;
  // The record's checksum, which is known, where it is nearly the value's.
  if (before + bytes.size() == payload.size() && before <= kMaxBytesBefore) {
    place.before = static_cast<uint16_t>(before);
    place.crc = source.record->crc;
  } else {
    place.crc = crc32c(bytes);
  }
  return place;
}

bool RunLoader::kind_wanted(ValueKind kind) const {
  return options_.kinds.empty() ||
         std::find(options_.kinds.begin(), options_.kinds.end(), kind) !=
             options_.kinds.end();
}

bool RunLoader::step_wanted(int64_t step) const {
  return step >= options_.min_step && step <= options_.max_step;
}

void RunLoader::skip(const Source& source, std::string_view tag,
                     std::string_view reason) {
  damage_.add(paths_->back(), source.record->offset, source.record_bytes,
              absl::StrCat("tag \"", escaped(tag), "\": ", to_absl(reason)));
}

}  // namespace tblog::internal
