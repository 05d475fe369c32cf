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
#include "src/reader/glob_list.h"
#include "src/reader/plugin_decoder.h"
#include "src/reader/projector.h"
#include "src/reader/value_decoder.h"

namespace tblog::internal {

namespace {

// Bytes before the end of what was read that must be the same when reading goes
// on there.
constexpr uint64_t kCheckedBytes = 64;

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

void count_event(double wall_time, FileInfo& info) {
  if (info.events++ == 0) info.first_wall_time = wall_time;
  info.last_wall_time = wall_time;
}

}  // namespace

void RunLoader::load(const FoundRun& found) {
  found_ = found;
  for (const std::string& path : found.files) load_file(path, std::nullopt);
}

bool RunLoader::take_over(RunLoader& file) {
  if (!series_.take_over(file.series_)) return false;
  std::move(file.files_.begin(), file.files_.end(), std::back_inserter(files_));
  std::move(file.skipped_.begin(), file.skipped_.end(),
            std::back_inserter(skipped_));
  end_ = file.end_;
  return true;
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

LoadedRun RunLoader::result(std::vector<SkippedRegion> skipped) {
  LoadedRun result;
  result.files = files_;
  result.skipped = std::move(skipped);
  for (SkippedRegion& region : abandoned())
    result.skipped.push_back(std::move(region));
  Run& run = result.run;
  run.name_ = found_.name;
  if (!found_.directory.empty() && series_.kind_wanted(ValueKind::kEmbedding)) {
    run.embeddings_ = find_embeddings(found_.directory, &result.skipped);
    std::erase_if(run.embeddings_, [&](const EmbeddingFiles& embedding) {
      return !any_matches(options_.tags, embedding.name);
    });
  }
  const std::vector<const SeriesData*> wanted = series_.wanted();
  run.series_.reserve(wanted.size());
  for (const SeriesData* data : wanted) run.series_.push_back(Series(data));
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
  }
  series_.begin_file(path, again.has_value());
  RecordReaderOptions options;
  options.begin = again.value_or(0);
  absl::StatusOr<RecordStream> reader = RecordStream::open(path, options);
  absl::Status status = reader.status();
  if (status.ok()) status = load_records(*reader, info);
  end_ = {};
  if (reader.ok()) {
    info.bytes = reader->file_bytes();
    info.incomplete_bytes = reader->incomplete_bytes();
    // A search for a record that came to no end must begin anew.
    const bool searches =
        !reader->skipped().empty() &&
        reader->skipped().back().offset + reader->skipped().back().bytes >=
            info.bytes;
    for (SkippedRegion& region :
         series_.damage().merged_with(reader->skipped())) {
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

absl::Status RunLoader::load_records(RecordStream& records, FileInfo& info) {
  while (true) {
    Record record;
    if (!records.take_next(&record)) {
      absl::StatusOr<std::optional<Record>> next = records.next();
      if (!next.ok()) return next.status();
      if (!next->has_value()) return absl::OkStatus();
      record = **next;
    }
    ++info.records;
    load_record(record, records.offset() - record.offset, info);
  }
}

void RunLoader::load_record(const Record& record, uint64_t record_bytes,
                            FileInfo& info) {
  ScalarEvent scalar;
  // The Python reader looks at each event before it takes it.
  if (options_.purge != Purge::kPython &&
      parse_scalar_event(record.payload, &scalar) && series_.add_scalar(scalar))
    return count_event(scalar.wall_time, info);
  EventView event;
  const Source source{&record, record_bytes, &event};
  if (parse_event(record.payload, &event))
    load_event(source, info);
  else
    series_.skip(source, "record that is no valid event");
}

// As PluginEventAccumulator._MaybePurgeOrphanedData does it.
void RunLoader::purge_before(const EventView& event) {
  if (event.what == What::kFileVersion) file_version_ = version_of(event.body);
  const bool has_values = event.what == What::kSummary ||
                          event.what == What::kGraph ||
                          event.what == What::kRunMetadata;
  SessionView session;
  if (file_version_ >= 2) {
    const bool is_start = event.what == What::kSessionLog &&
                          parse_session(event.body, &session) &&
                          session.status == 1;
    if (is_start && std::exchange(seen_start_, true))
      series_.purge_all(event.step);
  } else if (has_values && event.step < most_recent_step_) {
    for_each_value(event, [&](const ValueView& value) {
      series_.purge(value.tag, event.step);
    });
    if (event.what == What::kGraph) series_.purge(kGraphTag, event.step);
  }
  if (has_values) most_recent_step_ = event.step;
}

void RunLoader::load_event(const Source& source, FileInfo& info) {
  const EventView& event = *source.event;
  if (options_.purge == Purge::kPython) purge_before(event);
  count_event(event.wall_time, info);
  if (!event.writer.empty()) info.writer = std::string(event.writer);
  if (event.what == What::kFileVersion && info.file_version.empty()) {
    info.file_version = std::string(event.body);
  }
  if (event.what == What::kGraph) {
    series_.add_blob(source, kGraphTag, kGraphPlugin, event.body);
  } else if (event.what == What::kRunMetadata) {
    std::string_view tag;
    std::string_view bytes;
    parse_run_metadata(event.body, &tag, &bytes);
    series_.add_blob(source, tag, kRunMetadataPlugin, bytes);
  } else if (event.what == What::kSessionLog) {
    if (absl::Status status = decode_session(event.body).status(); status.ok())
      series_.add_blob(source, kSessionTag, kSessionPlugin, event.body);
    else
      series_.skip(source, kSessionTag, to_std(status.message()));
  } else {
    for_each_value(event, [&](const ValueView& value) {
      series_.add_value(source, value);
    });
  }
}

}  // namespace tblog::internal
