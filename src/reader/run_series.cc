// SPDX-License-Identifier: Apache-2.0

#include "src/reader/run_series.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "src/base/crc32c.h"
#include "src/base/strings.h"
#include "src/reader/glob_list.h"
#include "src/reader/plain_value.h"
#include "src/reader/tag_order.h"
#include "src/reader/value_decoder.h"
#include "src/record/framing.h"

namespace tblog::internal {

namespace {

// Bytes of a record that are read along with a value.
constexpr uint64_t kMaxBytesBefore = 1 << 12;

}  // namespace

void RunSeries::begin_file(const std::string& path, bool again) {
  damage_ = {};
  if (again) return;
  paths_->push_back(path);
  too_many_series_ = false;
}

SeriesData& RunSeries::own(Growing& series) {
  if (series.data.is_shared()) series.data = make_ref<SeriesData>(*series.data);
  return *series.data;
}

// ---- Tags ----

uint32_t RunSeries::find(std::string_view tag) {
  uint32_t number = 0;
  if (last_ != TagIndex::kNone) {
    number = series_[last_].next;
    if (same_tag(series_[number].data->tag, tag)) return last_ = number;
  }
  number = index_.find(tag, [&](uint32_t i) -> std::string_view {
    return series_[i].data->tag;
  });
  if (number == TagIndex::kNone) return number;
  if (last_ != TagIndex::kNone) series_[last_].next = number;
  return last_ = number;
}

uint32_t RunSeries::find_or_add(const Source& source, std::string_view tag) {
  uint32_t number = find(tag);
  if (number != TagIndex::kNone) return number;
  if (series_count_->fetch_add(1) >= options_.max_series) {
    if (!std::exchange(too_many_series_, true)) {
      skip(source, tag,
           "there are more series than LogReaderOptions::max_series; this one "
           "and further ones are left out");
    }
    return TagIndex::kNone;
  }
  number = add(tag);
  series_[number].tag_wanted = any_matches(options_.tags, tag);
  return number;
}

uint32_t RunSeries::add(std::string_view tag) {
  const uint32_t number = index_.add(tag);
  Growing& series = series_.emplace_back();
  series.data = make_ref<SeriesData>();
  series.data->tag = std::string(tag);
  series.data->common = commons_.nothing();
  if (last_ != TagIndex::kNone) series_[last_].next = number;
  last_ = number;
  return number;
}

// ---- Values ----

void RunSeries::add_value(const Source& source, const ValueView& value) {
  if (value.form == Form::kOldHistogram) return;
  if (value.form == Form::kNone && !value.has_metadata) return;
  const uint32_t number = find_or_add(source, value.tag);
  if (number == TagIndex::kNone) return;
  Growing& series = series_[number];
  if (!series.tag_wanted) return;
  const bool says_nothing_new =
      !value.has_metadata ||
      (!value.in_parts && series.data->common->encoded == value.metadata);
  const bool is_as_before = value.form == series.form &&
                            value.form != Form::kNone && says_nothing_new;
  if (!is_as_before && !belongs(source, number, value)) return;
  const int64_t step = source.event->step;
  if (options_.purge == Purge::kRust) purge_before(number, step);
  if (!step_wanted(step)) return;
  const ValueKind kind = series.data->kind;
  if (!kind_wanted(kind) && kind != ValueKind::kTensor) return;
  absl::Status status = append(source, number, value);
  if (!status.ok()) skip(source, value.tag, to_std(status.message()));
}

bool RunSeries::add_scalar(const ScalarEvent& scalar) {
  const uint32_t number = find(scalar.tag);
  if (number == TagIndex::kNone) return false;
  Growing& series = series_[number];
  if (!series.tag_wanted) return true;
  if (series.form != scalar.form || series.data->kind != ValueKind::kScalar ||
      series.data->points.is_full() ||
      (scalar.metadata.data() != nullptr &&
       scalar.metadata != series.data->common->encoded))
    return false;
  if (options_.purge == Purge::kRust) purge_before(number, scalar.step);
  if (!step_wanted(scalar.step) || !kind_wanted(ValueKind::kScalar))
    return true;
  SeriesData& data = own(series);
  prepare(number);
  data.points.add(scalar.step, scalar.wall_time, double{scalar.value});
  return true;
}

bool RunSeries::belongs(const Source& source, uint32_t number,
                        const ValueView& value) {
  Growing& series = series_[number];
  Ref<const SeriesCommon> shared;
  SeriesMetadata decoded;
  // Writers that repeat the metadata with each value repeat its bytes.
  if (value.has_metadata &&
      (value.in_parts || series.data->common->encoded != value.metadata)) {
    if (!value.in_parts) shared = commons_.find(value.metadata);
    if (!shared) {
      absl::StatusOr<SeriesMetadata> metadata = decode_metadata(value);
      if (!metadata.ok()) {
        skip(source, value.tag, to_std(metadata.status().message()));
        return false;
      }
      decoded = *std::move(metadata);
    }
  }
  std::string plugin = shared ? shared->metadata.plugin : decoded.plugin;
  const bool says_plugin = !plugin.empty();
  if (series.data->metadata().plugin.empty()) {
    if (!says_plugin) decoded.plugin = plugin_of(value.form);
    if (!shared && !decoded.plugin.empty()) {
      const bool is_of_bytes = says_plugin && !value.in_parts;
      shared =
          commons_.share(std::move(decoded),
                         is_of_bytes ? value.metadata : std::string_view());
    }
    if (shared) adopt(source, number, value.form, std::move(shared));
  }
  const std::string& known = series.data->metadata().plugin;
  if (!says_plugin) plugin = known;
  const ValueKind kind = kind_of(value.form, plugin);
  if (kind != series.data->kind ||
      (kind == ValueKind::kOther && plugin != known)) {
    skip(source, value.tag,
         absl::StrCat("value of the kind ", to_absl(value_kind_name(kind)),
                      " in a series of the kind ",
                      to_absl(value_kind_name(series.data->kind))));
    return false;
  }
  if (!says_plugin && !known.empty()) series.form = value.form;
  return true;
}

absl::Status RunSeries::append(const Source& source, uint32_t number,
                               const ValueView& value) {
  const EventView& event = *source.event;
  SeriesData& data = own(series_[number]);
  if (data.points.is_full()) return too_many_points();
  if (data.kind == ValueKind::kScalar) {
    absl::StatusOr<double> scalar = decode_scalar(value);
    if (!scalar.ok()) return scalar.status();
    prepare(number);
    data.points.add(event.step, event.wall_time, *scalar);
    return absl::OkStatus();
  }
  if (!is_plain_and_right(data.kind, value)) {
    absl::Status status = parse_message(value.encoded, &scratch_);
    if (status.ok()) status = check_value(data.kind, scratch_);
    if (!status.ok()) return status;
  }
  prepare(number);
  data.points.add(event.step, event.wall_time,
                  place_of(source, value.encoded, PlaceHolds::kValue));
  return absl::OkStatus();
}

void RunSeries::add_blob(const Source& source, std::string_view tag,
                         std::string_view plugin, std::string_view bytes) {
  const uint32_t number = find_or_add(source, tag);
  if (number == TagIndex::kNone || !series_[number].tag_wanted) return;
  Growing& series = series_[number];
  if (series.data->metadata().plugin.empty()) {
    SeriesMetadata metadata;
    metadata.plugin = std::string(plugin);
    adopt(source, number, Form::kNone, commons_.share(std::move(metadata)));
  }
  SeriesData& data = own(series);
  if (data.metadata().plugin != plugin) {
    return skip(source, tag,
                absl::StrCat("value of the plugin ", to_absl(plugin),
                             " in a series of the plugin ",
                             escaped(data.metadata().plugin)));
  }
  const EventView& event = *source.event;
  if (options_.purge == Purge::kRust && plugin != kSessionPlugin)
    purge_before(number, event.step);
  if (!kind_wanted(data.kind) || !step_wanted(event.step)) return;
  if (data.points.is_full())
    return skip(source, tag, to_std(too_many_points().message()));
  prepare(number);
  data.points.add(event.step, event.wall_time,
                  place_of(source, bytes, PlaceHolds::kBlob));
}

absl::Status RunSeries::too_many_points() {
  return absl::ResourceExhaustedError("the series has 2^32 - 1 values already");
}

// Before a value is added.
void RunSeries::prepare(uint32_t number) {
  SeriesData& data = *series_[number].data;
  data.before_next(options_.max_points);
  if (options_.purge == Purge::kPython && data.tag != kSessionTag)
    orphans_.see_starts(number, data.points.size());
}

// ---- Metadata that come late ----

void RunSeries::adopt(const Source& source, uint32_t number, Form form,
                      Ref<const SeriesCommon> common) {
  SeriesData& data = own(series_[number]);
  data.common = std::move(common);
  data.kind = kind_of(form, data.metadata().plugin);
  if (data.points.empty()) return;
  any_rescued_ = true;
  drop_orphans(number);
  reread_all(source, data);
}

void RunSeries::reread_all(const Source& source, SeriesData& data) {
  const Points before = std::exchange(data.points, {});
  for (size_t i = 0; i < before.size(); ++i) {
    std::optional<double> scalar;
    absl::StatusOr<Place> place =
        reread(before.places()[i], data.kind, &scalar);
    const int64_t step = before.steps()[i];
    const double wall_time = before.wall_times()[i];
    if (!place.ok()) {
      skip(source, data.tag,
           absl::StrCat("value from before the tag's first metadata: ",
                        place.status().message()));
    } else if (scalar.has_value()) {
      data.points.add(step, wall_time, *scalar);
    } else {
      data.points.add(step, wall_time, *place);
    }
  }
  const size_t lost = before.size() - data.points.size();
  if (lost == 0) return;
  data.count -= std::min<uint64_t>(data.count, lost);
  data.stride_log2 = 0;  // thinning out begins anew with those that are left
}

// The value at `place` again, now that its kind is known.
absl::StatusOr<Place> RunSeries::reread(const Place& place, ValueKind kind,
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

// ---- Purge ----

// Purge::kRust: the values from `step` on go. Those that stay rise then, and
// the last one of all is the highest of them or lower than what went.
void RunSeries::purge_before(uint32_t number, int64_t step) {
  const Points& points = series_[number].data->points;
  // An empty one may be a part of one that is not.
  if (points.empty() || points.steps().back() >= step)
    orphans_.add(number, points.size(), step);
}

void RunSeries::purge(std::string_view tag, int64_t step) {
  const uint32_t number = find(tag);
  if (number != TagIndex::kNone)
    orphans_.add(number, series_[number].data->points.size(), step);
}

void RunSeries::drop_orphans(uint32_t number) {
  if (options_.purge == Purge::kNone) return;
  Growing& series = series_[number];
  if (options_.purge == Purge::kPython && series.data->tag != kSessionTag)
    orphans_.see_starts(number, series.data->points.size());
  if (orphans_.any(number)) orphans_.drop(number, own(series).points);
}

// ---- Files that were read by themselves ----

bool RunSeries::take_over(RunSeries& file) {
  const auto number_of = [&](const Growing& series) {
    return index_.find(series.data->tag, [&](uint32_t i) -> std::string_view {
      return series_[i].data->tag;
    });
  };
  if (file.too_many_series_ || file.any_rescued_) return false;
  for (const Growing& series : file.series_) {
    const uint32_t known = number_of(series);
    if (known == TagIndex::kNone) continue;
    const SeriesData& data = *series_[known].data;
    if (data.kind != series.data->kind ||
        data.metadata().plugin != series.data->metadata().plugin)
      return false;
  }
  const auto first_path = static_cast<uint32_t>(paths_->size());
  paths_->insert(paths_->end(), file.paths_->begin(), file.paths_->end());
  // Of each in common there, that here.
  absl::flat_hash_map<const SeriesCommon*, Ref<const SeriesCommon>> commons;
  commons[file.commons_.nothing().get()] = commons_.nothing();
  for (uint32_t i = 0; i < file.series_.size(); ++i) {
    Growing& series = file.series_[i];
    SeriesData& more = *series.data;
    uint32_t number = number_of(series);
    if (number == TagIndex::kNone) {
      series_count_->fetch_add(1);
      number = add(more.tag);
      series_[number].tag_wanted = series.tag_wanted;
      series_[number].form = series.form;
      Ref<const SeriesCommon>& common = commons[more.common.get()];
      if (!common)
        common = commons_.share(more.metadata(), more.common->encoded);
      SeriesData& data = *series_[number].data;
      data.kind = more.kind;
      data.common = common;
    }
    Points& points = series_[number].data->points;
    if (options_.purge == Purge::kRust)
      orphans_.append(number, points.size(), file.orphans_, i);
    points.append(more.points, first_path);
    more.points = {};
  }
  return true;
}

// ---- What was read ----

std::vector<const SeriesData*> RunSeries::wanted() {
  std::vector<const SeriesData*> wanted;
  wanted.reserve(series_.size());
  for (uint32_t i = 0; i < series_.size(); ++i) {
    drop_orphans(i);
    const Growing& series = series_[i];
    if (series.tag_wanted && kind_wanted(series.data->kind) &&
        !series.data->points.empty())
      wanted.push_back(series.data.get());
  }
  TagOrder<const SeriesData*>::sort(
      wanted,
      [](const SeriesData* data) -> std::string_view { return data->tag; });
  return wanted;
}

Place RunSeries::place_of(const Source& source, std::string_view bytes,
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

bool RunSeries::kind_wanted(ValueKind kind) const {
  return options_.kinds.empty() ||
         std::find(options_.kinds.begin(), options_.kinds.end(), kind) !=
             options_.kinds.end();
}

bool RunSeries::step_wanted(int64_t step) const {
  return step >= options_.min_step && step <= options_.max_step;
}

void RunSeries::skip(const Source& source, std::string_view tag,
                     std::string_view reason) {
  skip(source, absl::StrCat("tag \"", escaped(tag), "\": ", to_absl(reason)));
}

void RunSeries::skip(const Source& source, std::string_view reason) {
  damage_.add(paths_->back(), source.record->offset, source.record_bytes,
              std::string(reason));
}

}  // namespace tblog::internal
