// SPDX-License-Identifier: Apache-2.0
//
// LogReader: a log directory as runs and series with columns, as TensorBoard
// would find them, but with every point and with all damage told.
// Thread-compatible: once opened, any number of threads may read it.
//
//   absl::StatusOr<tblog::LogReader> log = tblog::LogReader::open("runs");
//   for (const tblog::Run& run : log->runs()) {
//     if (const tblog::Series* loss = run.find("loss")) {
//       plot(loss->steps(), loss->values());
//     }
//   }

#ifndef TBLOG_LOG_READER_H_
#define TBLOG_LOG_READER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tblog/column.h"
#include "tblog/embedding_value.h"
#include "tblog/event_reader.h"
#include "tblog/export.h"
#include "tblog/record_io.h"

namespace tblog {

namespace internal {
struct SeriesData;
class LogLoader;
class RunLoader;
}  // namespace internal

// Whether `text` matches `pattern` as a whole: `*` any characters ('/' too),
// `?` one, `[a-z]` one of these, `[!a-z]` one of the others, `\` takes the next
// one as it is. Bytes, not characters.
TBLOG_EXPORT bool matches_glob(std::string_view pattern, std::string_view text);

// The event files that one directory holds.
struct RunFiles {
  std::string run;                 // as Run::name()
  std::vector<std::string> paths;  // in the order in which they are read
};

// Where LogReader::open(path) would read, in its order, nothing opened. Errors:
// as there.
TBLOG_EXPORT absl::StatusOr<std::vector<RunFiles>> find_event_files(
    const std::string& path);

// Which values of a resumed run are left out, as TensorBoard's readers leave
// them out, but for their sampling.
enum class Purge : uint8_t {
  kNone,  // every value of the files
  // Of the Python reader: a START after the run's first removes all values from
  // its step on; without the version brain.Event:2, a step that goes back those
  // of the tags of its event.
  kPython,
  // Of the Rust reader: a value removes those of its tag from its step on.
  kRust,
};

// What LogReader keeps. A plain aggregate: change the fields you care about.
struct LogReaderOptions {
  // ---- What is read: the rest is passed over before it is decoded ----

  // Globs; a run or tag that one of them matches is read. Default: all.
  std::vector<std::string> runs = {};
  std::vector<std::string> tags = {};
  // Default: all.
  std::vector<ValueKind> kinds = {};
  // First and last step, both included. Default: all.
  int64_t min_step = std::numeric_limits<int64_t>::min();
  int64_t max_step = std::numeric_limits<int64_t>::max();

  // Default: none is left out.
  Purge purge = Purge::kNone;

  // ---- What it may cost ----

  // Threads that load files, each one at a time (a run, with Purge::kPython or
  // max_points); what is loaded is the same. Larger: faster where there are
  // several files. Valid: 0 to 256; 0 stands for one a processor, at most 16.
  // Default: 0.
  int threads = 0;

  // Values kept of each series: its first and last, and in between every 2nd,
  // 4th, … of them, so that memory does not grow with the files. Larger: more
  // memory, more of the curve. Valid: 2 to 2^32; 0 keeps all; 0 alone with
  // Purge. Default: 0.
  uint64_t max_points = 0;

  // Series of all runs together; the values of tags beyond are skipped, and
  // noted once a file. Larger: more memory for a hostile file. Valid: 1 to
  // 2^32. Default: 1,000,000.
  uint64_t max_series = 1'000'000;
};

// The values of one tag of a run, in the order in which they stand in its
// files: number i of each column belongs to one value. Steps may repeat and go
// back where a run was resumed. A copy is cheap, and has the same columns,
// which live as long as any of both. Memory: at most 200 bytes and the tag, and
// 24 bytes a scalar or 40 a value of another kind, at most twice as many where
// columns have room to grow.
class TBLOG_EXPORT Series {
 public:
  Series(const Series& other);
  Series(Series&& other) noexcept;
  Series& operator=(const Series& other);
  Series& operator=(Series&& other) noexcept;
  ~Series();

  const std::string& tag() const;
  ValueKind kind() const;
  // Of the first value that had any.
  const SeriesMetadata& metadata() const;

  size_t size() const;
  // Values that there are; more than size() where LogReaderOptions::max_points
  // leaves some out.
  uint64_t count() const;
  Column<int64_t> steps() const;
  // Seconds since the epoch.
  Column<double> wall_times() const;
  // kScalar: the values. Empty for every other kind, whose values stay in the
  // files and are read by the calls below.
  Column<double> values() const;

  // The value at `index`, from its file.
  //
  // Errors: FailedPrecondition for another kind; OutOfRange for an index that
  // is not below size(); DataLoss where the file's bytes are not those that
  // were there at open(); ResourceExhausted for a tensor of one repeated value
  // that would take more than 64 MiB; InvalidArgument for numbers that the kind
  // cannot have, and for graphs and run metadata that are malformed, since
  // open() does not look into these; else what the system said.
  absl::StatusOr<HistogramValue> histogram(size_t index) const;
  // Those from `begin` to before `end`, or to the last, for the price of
  // reading the file once over: neighbours are read together.
  absl::StatusOr<std::vector<HistogramValue>> histograms(
      size_t begin = 0, size_t end = std::numeric_limits<size_t>::max()) const;
  absl::StatusOr<ImageValue> image(size_t index) const;
  absl::StatusOr<AudioValue> audio(size_t index) const;
  absl::StatusOr<TextValue> text(size_t index) const;
  absl::StatusOr<PrCurveValue> pr_curve(size_t index) const;
  // The part of the mesh that the series has: Run::meshes() finds the others.
  absl::StatusOr<MeshValue> mesh(size_t index) const;
  absl::StatusOr<LayoutValue> layout(size_t index) const;
  absl::StatusOr<HParamsValue> hparams(size_t index) const;
  absl::StatusOr<GraphDefValue> graph(size_t index) const;
  absl::StatusOr<RunMetadataValue> run_metadata(size_t index) const;
  absl::StatusOr<SessionValue> session(size_t index) const;
  // The tensor that carries the value: of kTensor, kOther, and of kPrCurve to
  // kRunMetadata. NotFound for a value that has no tensor.
  absl::StatusOr<TensorValue> tensor(size_t index) const;

 private:
  friend class internal::RunLoader;
  explicit Series(const internal::SeriesData* data);
  const internal::SeriesData* data_;  // counts who has it; null: moved from
};

// The series of one mesh or cloud of points, which belong together by the name
// in their metadata. As long as the Run.
struct MeshSeries {
  std::string name;
  const Series* vertices = nullptr;  // never null
  const Series* faces = nullptr;     // null: a cloud of points
  const Series* colors = nullptr;    // null: it has none

  // The vertices at that index, with the faces and colours of the same step.
  //
  // Errors: those of Series::mesh(); InvalidArgument where the parts are of
  // different batches, a face names a vertex that is not there, or there are
  // colours for another number of vertices.
  TBLOG_EXPORT absl::StatusOr<MeshValue> at(size_t index) const;
};

// A directory that holds event files.
class TBLOG_EXPORT Run {
 public:
  // Path below the logdir, "." for the logdir itself.
  const std::string& name() const { return name_; }
  // In the order of tags, by bytes.
  const std::vector<Series>& series() const { return series_; }
  // The series of that tag, or null.
  const Series* find(std::string_view tag) const;
  // The meshes that have vertices, by name.
  std::vector<MeshSeries> meshes() const;
  // Those that the run's projector_config.pbtxt names, in its order.
  const std::vector<EmbeddingFiles>& embeddings() const { return embeddings_; }

 private:
  friend class internal::RunLoader;
  std::string name_;
  std::vector<Series> series_;
  std::vector<EmbeddingFiles> embeddings_;
};

// What one event file holds, filters not applied.
struct FileInfo {
  std::string path;
  std::string run;
  uint64_t bytes = 0;
  uint64_t records = 0;  // whole ones with right checksums
  uint64_t events = 0;   // those of them that are events
  // Bytes of a record that the end of the file cuts off: the file is being
  // written, or its writer was killed.
  uint64_t incomplete_bytes = 0;
  std::string file_version;    // "brain.Event:2"; empty: it has none
  std::string writer;          // who wrote it; empty: it does not say
  double first_wall_time = 0;  // of the first and last event
  double last_wall_time = 0;
};

class TBLOG_EXPORT LogReader {
 public:
  // Reads a log directory with all runs below it, a run's directory, or one
  // event file.
  //
  // Event files are those whose name contains "tfevents", as for TensorBoard;
  // links are followed. The files of a run are read in the order of their
  // names.
  // Errors: NotFound where nothing is there or no event file is below; the
  // message names the nearest directory that has some. InvalidArgument for
  // options, and for a single file in which there is no record. A file among
  // others that is damaged or cannot be read is no error: see skipped().
  static absl::StatusOr<LogReader> open(const std::string& path,
                                        const LogReaderOptions& options = {});

  // The same, a run after the other, in the memory of a few: calls `use` with a
  // log of each, in the order of names, before it looks into those after it.
  // The first one has in skipped() what could not be looked into at all; it has
  // no run where there is none.
  //
  // Options: max_series holds for the runs that are in memory at once.
  static absl::Status for_each_run(
      const std::string& path, const LogReaderOptions& options,
      const std::function<void(const LogReader&)>& use);

  // Reads what was added since open() or the last refresh(), new runs too; all
  // is then as open() would give it now. Series that were copied stay as they
  // were. Gives whether anything changed.
  //
  // Cost: a look at each directory and file; of files that have grown, what was
  // added, where they are the last of their runs (and the whole run at the
  // first time). Thread safety: no other call meanwhile.
  // Errors: as open(); the content then stays.
  absl::StatusOr<bool> refresh();

  // In the order of names, by bytes. A run without values is one too; those
  // that the filter leaves out are not.
  const std::vector<Run>& runs() const { return runs_; }
  // The run of that name, or null.
  const Run* find(std::string_view run) const;
  // In the order of runs and names.
  const std::vector<FileInfo>& files() const { return files_; }
  // All that could not be read.
  const std::vector<SkippedRegion>& skipped() const { return skipped_; }
  // As it was given to open().
  const std::string& path() const { return path_; }

 private:
  friend class internal::LogLoader;
  std::string path_;
  std::vector<Run> runs_;
  std::vector<FileInfo> files_;
  std::vector<SkippedRegion> skipped_;
  LogReaderOptions options_;
  std::shared_ptr<internal::LogLoader> loader_;  // of refresh(); a copy's own
};

}  // namespace tblog

#endif  // TBLOG_LOG_READER_H_
