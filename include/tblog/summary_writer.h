// SPDX-License-Identifier: Apache-2.0
//
// SummaryWriter: logs scalars, histograms, images, texts, graphs, … under tags
// into TensorBoard event files. Thread-safe, but for moving and destroying it.
//
//   // logdir "runs", run "mnist"
//   tblog::SummaryWriter writer("runs/mnist");
//   for (int64_t step = 0; step < 1000; ++step) {
//     writer.scalar("loss/train", train_step(step), step);
//   }
//   // the first failure of the whole run
//   if (absl::Status status = writer.close(); !status.ok()) {
//     std::cerr << status << '\n';
//   }
//
// Logging calls return nothing, never throw, and wait at most
// WriterOptions::max_block. Input that cannot be logged and failures go to
// status() (the first one sticks), to WriterOptions::on_error (each cause once)
// and to stats() (counts). What is written, but not quite as it was given, is
// told to on_error alone.

#ifndef TBLOG_SUMMARY_WRITER_H_
#define TBLOG_SUMMARY_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tblog/at.h"
#include "tblog/audio.h"
#include "tblog/custom_scalars.h"
#include "tblog/embedding.h"
#include "tblog/export.h"
#include "tblog/graph.h"
#include "tblog/histogram.h"
#include "tblog/hparams.h"
#include "tblog/image.h"
#include "tblog/mesh.h"
#include "tblog/pr_curve.h"
#include "tblog/run_metadata.h"
#include "tblog/tensor_view.h"
#include "tblog/text_table.h"
#include "tblog/writer_options.h"

namespace tblog {

class SummaryWriter;

namespace internal {
class Run;
void report(const SummaryWriter& writer, const absl::Status& status,
            bool failure) noexcept;
}  // namespace internal

// One of several scalars: `writer.scalars({{"loss", l}, {"acc", a}}, step)`.
// Borrows the tag for the call.
struct TagValue {
  template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
  TagValue(std::string_view tag_in, T value_in) noexcept
      : tag(tag_in), value(static_cast<double>(value_in)) {}

  std::string_view tag;
  double value;
};

// Texts that TensorBoard shows beside a tag.
struct SeriesInfo {
  // Shown instead of the tag, but not on the Time Series page. Default: the
  // tag.
  std::string display_name = {};
  // Markdown.
  std::string description = {};
};

// Who writes in distributed training.
enum class RankPolicy : uint8_t {
  kRankZeroOnly,  // the process of rank 0; the others' writers are null()
  kSubRun,        // each, into a run of its own: "rank3"
};

// How far flush() goes.
enum class FlushLevel : uint8_t {
  kKernel,   // out of this process: other processes see it, and a kill -9 does
             // not lose it
  kDisk,     // and onto the disk
  kNewFile,  // out of this process, and the files are closed: the next event of
             // a run begins a new one. For stores that show a file only then
};

class TBLOG_EXPORT SummaryWriter {
 public:
  // Opens a new event file in `logdir`, which is made where it is missing.
  // Failure is no exception: the writer then acts as null() but for status(),
  // which says what went wrong where. See open() for the errors.
  explicit SummaryWriter(std::string_view logdir,
                         const WriterOptions& options = {});

  // The same, for those who want to stop when it fails.
  // Errors: InvalidArgument (options; a logdir whose last component contains
  // "tfevents", which TensorBoard cannot read), else what the file system said;
  // the message names the absolute path.
  static absl::StatusOr<SummaryWriter> open(std::string_view logdir,
                                            const WriterOptions& options = {});

  // The writer of one of several processes that train one model. Talks to none
  // of the others.
  // Errors: as of the constructor; InvalidArgument for a rank below 0.
  static SummaryWriter for_rank(std::string_view logdir, int rank,
                                RankPolicy policy = RankPolicy::kRankZeroOnly,
                                const WriterOptions& options = {});

  // A writer that logs nothing, at the cost of a branch a call.
  static SummaryWriter null() noexcept;

  // Closes what close() would when the last handle of the writer and its
  // children goes. How many events were lost, if any, is told to on_error.
  // A handle that nobody destroys: exit() and quick_exit() write what is
  // pending, _exit() does not. A library that is unloaded must have destroyed
  // its writers; static ones are.
  ~SummaryWriter();
  // A moved-from writer acts as null().
  SummaryWriter(SummaryWriter&& other) noexcept;
  SummaryWriter& operator=(SummaryWriter&& other) noexcept;

  // Another handle of the same run, for an owner with a life of its own (a
  // thread, hooks).
  SummaryWriter share() const noexcept;

  // The sub-run `name` ("test" → "runs/lr0.1/test"): same queue, thread, status
  // and counts, a file of its own that begins with its first event. The same
  // name gives the same run. '/' nests. Errors: as of a logging call, and the
  // child acts as null(): an empty or absolute name, "..", a component that
  // contains "tfevents", invalid UTF-8 or a NUL.
  SummaryWriter child(std::string_view name) noexcept;

  // ---- Logging ----
  // Tags: any UTF-8, kept as they are; TensorBoard groups by what stands before
  // the first '/'. An empty or invalid tag is refused; '"', '\' and control
  // characters are written and reported once, since the Rust reader cannot
  // serve images of such tags. A tag keeps the kind of its first value: another
  // kind is refused. Steps: larger than the tag's last one, else
  // WriterOptions::on_step_back decides.

  // Logs one number. NaN and ±infinity are written; TensorBoard stores float32,
  // so that a finite value beyond its range becomes ±infinity, reported once.
  // Cost: no allocation after the tag's first use.
  void scalar(std::string_view tag, double value, At at) noexcept;
  // At the set step; without set_step(), at a counter of the tag's own that
  // starts at 0, reported once.
  void scalar(std::string_view tag, double value) noexcept {
    scalar(tag, value, kCurrentStep);
  }
  // Logs a tensor of one element, of any real dtype.
  // Of a tensor on a device, where WriterOptions::device is one for it, the
  // number is logged once it has come; this call does not wait for it. Later
  // values of the tag wait behind it, those of other tags pass. What has not
  // come when the process dies is lost.
  // Errors: refused unless the view has rank 0 or one element, lies on the CPU
  // or such a device, and has a real dtype; on a device also while its stream
  // is captured.
  void scalar(std::string_view tag, const TensorView& value, At at) noexcept;

  // Logs several numbers as one event with one wall time. Of two values of one
  // tag the later wins, reported once.
  void scalars(std::initializer_list<TagValue> values, At at) noexcept {
    scalars(values.begin(), values.size(), at);
  }
  void scalars(const TagValue* values, size_t count, At at) noexcept;
  // From iterators over pairs of tag and number, such as a map's.
  template <
      class It, class = typename std::iterator_traits<It>::iterator_category,
      std::enable_if_t<!std::is_convertible_v<It, const TagValue*>, int> = 0>
  void scalars(It begin, It end, At at) noexcept {
    log_guarded([&] {
      std::vector<TagValue> values;
      for (; begin != end; ++begin) {
        const auto& [tag, value] = *begin;
        values.emplace_back(tag, value);
      }
      scalars(values.data(), values.size(), at);
    });
  }

  // Logs the distribution of `values`.
  //
  // Shape: any, flattened, strided, of any real dtype. NaN and infinities stay
  // out of the buckets; where there are any,
  //   their number is logged as the scalar `<tag>/nonfinite`.
  // Of a tensor on a device as scalar(): counted there, on its stream.
  // Cost: two passes over the values on the caller's thread.
  // Errors: refused are an invalid view, complex dtypes, tensors on a device
  //   without WriterOptions::device, bad options. An empty tensor and one
  //   without finite values log a histogram without buckets.
  void histogram(std::string_view tag, const TensorView& values, At at,
                 const HistogramOptions& options = {}) noexcept;
  void histogram(std::string_view tag, const TensorView& values) noexcept {
    histogram(tag, values, kCurrentStep);
  }
  // Of counts that exist already.
  void histogram(std::string_view tag, const Histogram& histogram,
                 At at) noexcept;
  // Calls `values()` only where it would be logged. What it throws is reported,
  // and not logged.
  //
  //   writer.histogram("w", [&] { return expensive(); }, step);
  template <class F, std::enable_if_t<std::is_invocable_v<F&>, int> = 0>
  void histogram(std::string_view tag, F&& values, At at,
                 const HistogramOptions& options = {}) noexcept {
    if (!admits_histogram(tag, at)) return;
    log_guarded([&] {
      const auto& result = values();
      histogram(tag, TensorView(result), at, options);
    });
  }

  // Logs one image as PNG.
  //
  // Shape: [height, width, channels], or as ImageOptions::layout says; 1 to 4
  //   channels; of a layout with N, one image. uint8, uint16, bool, floats of
  //   8 to 64 bits, and other integers with Range::kAuto; strided without a
  //   copy by the caller. NaN pixels are magenta, ±infinity the ends of the
  //   range.
  // Cost: a copy of the pixels; the writer's thread compresses them. The caller
  //   does, at some 3 ns a byte, where an event is not merely buffered
  //   (WriterOptions::durability), with max_file_bytes and max_bytes_per_tag,
  //   below 16 KiB, and while half of max_pending_bytes wait. Where the process
  //   exits or crashes first, the PNG is in the file without compression.
  // Errors: refused are other ranks, channels and dtypes, a dimension of 0 or
  //   above 65,535, more than 2^28 pixels, several images, and boxes with
  //   coordinates that are not finite.
  void image(std::string_view tag, const TensorView& pixels, At at,
             const ImageOptions& options = {}) noexcept;
  void image(std::string_view tag, const TensorView& pixels) noexcept {
    image(tag, pixels, kCurrentStep);
  }
  // Logs a PNG or JPEG (or GIF or BMP) as it is. Errors: refused where the
  // bytes are none of these.
  void image(std::string_view tag, ImageBytes encoded, At at) noexcept;

  // Logs the first images of a batch as one value, which TensorBoard shows side
  // by side at one step.
  //
  // Shape: [images, height, width, channels], or as ImageOptions::layout says;
  //   one of a single image is a batch of one. Else as image().
  // Cost: as image() for each image that is logged.
  // Errors: as image(); refused are also a batch without images, max_images
  //   below 1, and boxes of images that are not in the batch.
  void images(std::string_view tag, const TensorView& pixels, At at,
              const ImageOptions& options = {}) noexcept;
  void images(std::string_view tag, const TensorView& pixels) noexcept {
    images(tag, pixels, kCurrentStep);
  }

  // Logs the images of a batch as one picture, row by row side by side, with
  // gray lines between them; places without an image are gray too.
  //
  // Shape: as images(). Cost: as image() for the whole picture, with its pixels
  //   in memory. Errors: as images(), for the picture's size too.
  void image_grid(std::string_view tag, const TensorView& pixels, At at,
                  const TileOptions& options = {}) noexcept;
  void image_grid(std::string_view tag, const TensorView& pixels) noexcept {
    image_grid(tag, pixels, kCurrentStep);
  }

  // Logs frames as one image that moves: an animated PNG, without loss, which
  // browsers play.
  //
  // Shape: [frames, height, width, channels], or as AnimationOptions::layout
  //   says; one of a single image is one frame. Else as images().
  // Cost: on the caller's thread, a PNG compression of each frame.
  // Errors: as images(); refused are also more than 2^28 pixels in all frames,
  //   and options outside of what AnimationOptions says.
  void animation(std::string_view tag, const TensorView& frames, At at,
                 const AnimationOptions& options = {}) noexcept;
  void animation(std::string_view tag, const TensorView& frames) noexcept {
    animation(tag, frames, kCurrentStep);
  }

  // Logs sound as WAV.
  //
  // Shape: [frames], [frames, channels] or [clips, frames, channels], or as
  //   AudioOptions::layout says; up to 32 channels; strided without a copy by
  //   the caller. Floats of [-1, 1]: what lies outside is clamped, and NaN
  //   becomes 0, both reported once a tag. int8, int16 and int32 of their whole
  //   range; uint8 with silence at 128.
  // Cost: on the caller's thread, a pass over the samples that are logged.
  // Errors: refused are other ranks, channels and dtypes, no clips, frames or
  //   channels, options outside of what AudioOptions says, 2^31 bytes or more,
  //   and another number of clips than the tag's first value has, with which
  //   TensorBoard would show none of the tag.
  void audio(std::string_view tag, const TensorView& samples, At at,
             const AudioOptions& options = {}) noexcept;
  void audio(std::string_view tag, const TensorView& samples) noexcept {
    audio(tag, samples, kCurrentStep);
  }
  // Logs one clip as it is. Errors: refused where the bytes are no WAV of PCM,
  // floats, A-law or µ-law, or are cut off, and as above.
  void audio(std::string_view tag, AudioBytes encoded, At at) noexcept;

  // Logs text, which TensorBoard shows as Markdown. Invalid UTF-8 becomes
  // U+FFFD, reported once.
  void text(std::string_view tag, std::string_view markdown, At at) noexcept;
  void text(std::string_view tag, std::string_view markdown) noexcept {
    text(tag, markdown, kCurrentStep);
  }

  // Logs a tensor's values. TensorBoard has no page for them; they are there
  // for `tblog` and for programs.
  //
  // Shape: any, strided; complex too. bfloat16 and 8-bit floats, which
  //   TensorBoard cannot decode, are written as float32, reported once a tag.
  // Errors: refused are tensors on a device, and 2^31 bytes or more.
  void tensor(std::string_view tag, const TensorView& values, At at) noexcept;
  void tensor(std::string_view tag, const TensorView& values) noexcept {
    tensor(tag, values, kCurrentStep);
  }

  // Logs a curve of precision and recall over thresholds of a classifier.
  //
  // Shape: as many labels (bool, integers or floats: positive is what is not 0)
  //   as predictions (any real dtype, from 0 to 1), flattened, strided. What
  //   lies outside of [0, 1] is clamped, pairs with a NaN are left out; either
  //   is reported once. No pairs: a curve of zeros.
  // Cost: a pass over each tensor on the caller's thread, four bytes a pair.
  // Errors: refused are different sizes, tensors on a device, complex dtypes,
  //   options out of range, a weight that is negative or not finite.
  void pr_curve(std::string_view tag, const TensorView& labels,
                const TensorView& predictions, At at,
                const PrCurveOptions& options = {}) noexcept;
  void pr_curve(std::string_view tag, const TensorView& labels,
                const TensorView& predictions) noexcept {
    pr_curve(tag, labels, predictions, kCurrentStep);
  }
  // Of counts that exist already. Errors: refused are less than 2 thresholds,
  // different sizes, numbers that are negative or not finite.
  void pr_curve(std::string_view tag, const PrCurveCounts& counts,
                At at) noexcept;

  // Logs a mesh or a point cloud; see Mesh for shapes and dtypes. It is stored
  // as the series <tag>_VERTEX, _FACE and _COLOR of one event. The page shows
  // nothing of describe().
  //
  // Cost: a pass over each tensor on the caller's thread, and their bytes.
  // Errors: refused are no vertices, other shapes and dtypes, an index of a
  //   vertex that is not there, a config_json that is no JSON object, and
  //   parts (faces, colors) other than those of the tag's first mesh, from
  //   which TensorBoard takes them.
  void mesh(std::string_view tag, const Mesh& mesh, At at) noexcept;
  void mesh(std::string_view tag, const Mesh& mesh_in) noexcept {
    mesh(tag, mesh_in, kCurrentStep);
  }

  // Logs a graph, which TensorBoard draws on its Graphs page: one a run.
  //
  // Step: 0. A later graph needs a larger one: TensorBoard shows the last, but
  // of two at one step the Python reader the first and the data server the
  // last; so WriterOptions::on_step_back holds for graphs too.
  // An input that names no node is drawn as a Placeholder of that name, and
  // reported once.
  // Cost: encoding on the caller's thread.
  // Errors: refused, as a whole, are a graph without nodes; a node without a
  //   name or with that of another; ':' in a name, '^' or '/' at its
  //   beginning; an input that is none of "node", "node:1", "^node"; what is
  //   not UTF-8 of names, ops, devices and attributes' names; 2^31 bytes or
  //   more.
  void graph(const Graph& graph, At at = 0) noexcept;
  // Of a TensorFlow GraphDef. Errors: refused are bytes that are none, since
  // TensorBoard's page would fail on them, and one without nodes and functions.
  void graph(GraphDefBytes graph_def, At at = 0) noexcept;

  // Logs what the nodes of a graph took, times and memory, which the Graphs
  // page lists under `tag` beside the run's graph and colours its nodes by. Of
  // one tag the page shows the last step alone. With a graph of its own, that
  // is drawn for the tag.
  // Cost: encoding on the caller's thread.
  // Errors: refused are metadata without nodes and graph; a node without a
  //   name; negative durations and bytes; what is not UTF-8 of names, devices
  //   and allocators; a graph that graph() refuses; values without a graph of
  //   a tag whose first value had one, and the other way round.
  void run_metadata(std::string_view tag, const RunMetadata& metadata,
                    At at) noexcept;
  // Of a TensorFlow RunMetadata. Errors: refused are bytes that are none, and
  // one that has nothing for the page.
  void run_metadata(std::string_view tag, RunMetadataBytes metadata,
                    At at) noexcept;

  // Logs a table, of which TensorBoard shows each cell as Markdown. Rows may
  // have different lengths: cells that are missing are empty. Invalid UTF-8 as
  // in text().
  // Errors: refused is a table without cells.
  void text_table(std::string_view tag, const TextTable& rows, At at,
                  const TextTableOptions& options = {}) noexcept;
  void text_table(std::string_view tag, const TextTable& rows) noexcept {
    text_table(tag, rows, kCurrentStep);
  }

  // Logs which scalars TensorBoard's page of custom scalars shows together; of
  // several layouts of a run, the page shows the one logged last.
  // Errors: refused is a layout with a tag that is empty or not UTF-8. Titles
  // that are not UTF-8 are mended.
  void layout(const CustomScalarLayout& layout) noexcept;

  // Begins the run's session, one row of TensorBoard's table of
  // hyperparameters: the values that the run was made with, beside its scalars.
  // Once a run, when all are known. The session ends when the root's close() is
  // called or the last handle goes: as a failure where an exception unwinds
  // then, else as a success. See hparams.h for which directory to open.
  //
  //   writer.hparams({{"lr", 0.1}, {"opt", "adam"}, {"amp", true}});
  //
  // Values: of one name the later, reported once; numbers that are not finite
  //   are left out, reported once, since the table cannot hold them.
  // Errors: refused are a second call, and hyperparameters (the others are
  //   written) whose names are empty or not UTF-8.
  void hparams(std::initializer_list<HParam> values,
               const HParamsOptions& options = {}) noexcept {
    hparams(values.begin(), values.size(), options);
  }
  void hparams(const HParam* values, size_t count,
               const HParamsOptions& options = {}) noexcept;
  // From iterators over pairs of name and value, such as a map's.
  template <class It,
            class = typename std::iterator_traits<It>::iterator_category>
  void hparams(It begin, It end, const HParamsOptions& options = {}) noexcept {
    log_guarded([&] {
      std::vector<HParam> values;
      for (; begin != end; ++begin) {
        const auto& [name, value] = *begin;
        values.push_back({std::string(name), HParamValue(value)});
      }
      hparams(values.data(), values.size(), options);
    });
  }

  // Logs points for TensorBoard's projector page.
  //
  // Shape: [points, dimensions], at least one point and two dimensions, of any
  //   real dtype, strided; stored as float32. Numbers that are not finite
  //   become 0, and points beyond the 100,000 that the page loads are not
  //   shown; either is reported once.
  // Files: below the run's directory, in embeddings/<name>/<step>/, where they
  //   stay; then an entry in its projector_config.pbtxt, whose other contents
  //   are kept. An entry takes the place of the one that `name` had; see
  //   EmbeddingOptions::keep_steps.
  // What is shown: TensorBoard reads the config when it starts and when a run
  //   is new, and loads an entry once. What is logged later is shown after its
  //   restart, a new entry also once another run appears. A child() whose first
  //   call this is has its config before it is a run (but for values that the
  //   caller's thread writes, see Durability).
  // Cost: text (up to a million numbers) or raw bytes and the PNG of the images
  //   are made on the caller's thread, and the bytes wait as an event does; the
  //   I/O thread writes them, whatever WriterOptions::durability says.
  // Errors: refused are a name that is empty or not UTF-8, other shapes,
  //   tensors on a device, complex dtypes, labels, columns or images of another
  //   number than points, columns without a name or of one name, and images
  //   that image() would refuse or that do not fit into the sprite.
  void embedding(std::string_view name, const TensorView& matrix, At at,
                 const EmbeddingOptions& options = {}) noexcept;
  void embedding(std::string_view name, const TensorView& matrix) noexcept {
    embedding(name, matrix, kCurrentStep);
  }

  // Logs that a checkpoint was written to `path`, as TensorFlow does, for
  // programs that read the events; TensorBoard does not show it. Invalid UTF-8
  // becomes U+FFFD, reported once. Errors: refused is an empty path.
  void checkpoint(std::string_view path, At at) noexcept;
  void checkpoint(std::string_view path) noexcept {
    checkpoint(path, kCurrentStep);
  }

  // Texts for a tag. Errors: refused after the tag's first value, since
  // TensorBoard reads them there only.
  void describe(std::string_view tag, const SeriesInfo& info) noexcept;

  // ---- Steps ----

  // The step of calls that name none, of this run and the handles it shares;
  // not of its children.
  void set_step(int64_t step) noexcept;
  // Whether logging leads anywhere: false for null(), after a failed open and
  // after close().
  bool enabled() const noexcept;
  // Whether a value of `tag` at `at` would be written, so that costly work can
  // be left out when not.
  bool should_log(std::string_view tag, At at) const noexcept;

  // ---- The end ----

  // Hands all that was logged to the kernel or the disk, and waits for it, as
  // long as the file system takes: a disk that stalls for an hour takes an
  // hour. Errors: status(), or FailedPrecondition after close(). OK for null().
  absl::Status flush(FlushLevel level = FlushLevel::kKernel);
  // Writes what is pending, closes the files of the run and all its children,
  // and ends the thread. Called on a child, it does no more than flush(). Later
  // logging calls are dropped and counted; a second close() returns the same.
  // Like flush(), it has no bound but the file system's: a write that the
  // kernel does not end cannot be taken back. Other threads' calls return
  // meanwhile. Errors: the first failure of the whole run (refused input
  // included); DataLoss with the count where accepted events were lost.
  absl::Status close();
  // The first failure or refusal so far. A failed open is one.
  absl::Status status() const;
  WriterStats stats() const noexcept;
  // Absolute path of the run's directory; empty for null().
  const std::string& logdir() const noexcept;

 private:
  explicit SummaryWriter(std::shared_ptr<internal::Run> run) noexcept;

  // Runs `log`, and counts and reports as a refusal what it throws: the user's
  // code and allocation only.
  template <class F>
  void log_guarded(F&& log) noexcept {
    call_guarded(
        [](void* f) { (*static_cast<std::remove_reference_t<F>*>(f))(); },
        &log);
  }
  void call_guarded(void (*call)(void*), void* context) noexcept;
  // should_log() that also refuses another kind, and counts what it refuses.
  bool admits_histogram(std::string_view tag, At at) noexcept;

  friend struct HParamsExperiment;
  friend void internal::report(const SummaryWriter& writer,
                               const absl::Status& status,
                               bool failure) noexcept;

  std::shared_ptr<internal::Run> run_;  // null: acts as null()
};

}  // namespace tblog

#endif  // TBLOG_SUMMARY_WRITER_H_
