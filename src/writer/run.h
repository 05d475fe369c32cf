// SPDX-License-Identifier: Apache-2.0
//
// Run: one directory of a writer, with its tags, its waiting bytes and its
// file. Everything but the file is guarded by the mutex of the Core.

#ifndef TBLOG_SRC_WRITER_RUN_H_
#define TBLOG_SRC_WRITER_RUN_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/summary/metadata.h"
#include "src/summary/value.h"
#include "src/writer/backoff.h"
#include "src/writer/byte_queue.h"
#include "src/writer/deterministic.h"
#include "src/writer/open_files.h"
#include "src/writer/options.h"
#include "src/writer/plugin_state.h"
#include "src/writer/previous_files.h"
#include "src/writer/reporter.h"
#include "src/writer/run_file.h"
#include "src/writer/tag_table.h"
#include "tblog/at.h"
#include "tblog/summary_writer.h"
#include "tblog/writer_options.h"

namespace tblog::internal {

class Core;

// One value of an event, once its tag was found good.
struct Slot {
  std::string_view tag;
  const Kind* kind = nullptr;
  TagState* state = nullptr;  // null: one tag more than WriterOptions::max_tags
  float number = 0;           // of a scalar
  // Of any other kind; see EncodedValue.
  std::string_view message;
  std::string_view content;
  ValueField field = kValueTensor;
};

class Run {
 public:
  Run(Core& core_in, size_t number_in, std::string directory_in,
      const WriterOptions& options, FileSystem* file_system, Clock* clock,
      OpenFiles& open_files, Reporter& reporter)
      : core(core_in),
        number(number_in),
        directory(std::move(directory_in)),
        drops_oldest(internal::drops_oldest(options)),
        file(options.durability == Durability::kSync, open_files,
             {file_system,
              clock,
              directory,
              {options.filename_suffix,
               options.deterministic ? std::optional(fixed_owner())
                                     : std::nullopt,
               options.durability == Durability::kSync, options.resume_step}}),
        plugins(options.max_tags),
        options_(options),
        reporter_(reporter) {}

  // Fills `slot`, or notes why a value of `kind` under `tag` is refused.
  bool find_tag(std::string_view tag, const Kind& kind, Slot& slot,
                Notices& notices);
  // Whether the tag's values so far had as many parts as this one; notes a
  // refusal where not.
  bool check_parts(const Slot& slot, uint64_t parts, Notices& notices);
  // The step that `at` stands for, in an event whose first value is `slot`.
  int64_t resolve_step(At at, const Slot& slot, Notices& notices);
  // Whether a value at `step` shall be written; remembers it if so. Does not
  // allocate unless it notes something.
  bool take_step(const Slot& slot, int64_t step, Notices& notices);
  // Whether the scalar is written, as thin_scalars_after has it; if not, it
  // waits to be the tag's last one.
  bool keep_point(TagState& state, const Thinning::Point& point,
                  WriterStats& stats);
  // Whether that is on.
  bool thins() const { return options_.thin_scalars_after > 0; }
  // How many tags' last values wait to be written.
  size_t waiting_points = 0;
  const TagTable& tags() const { return tags_; }
  // Whether the tag may have a value of `bytes` more; counts it if so.
  bool take_bytes(const Slot& slot, uint64_t bytes, Notices& notices);
  // Whether it may have none any more.
  static bool is_full(const Slot& slot) {
    return slot.state != nullptr && slot.state->rare != nullptr &&
           slot.state->rare->is_full;
  }
  // Whether take_step() would say yes, without a trace.
  bool would_take(std::string_view tag, At at) const;

  // An old form says what it is by itself, and has metadata only for its texts.
  // `in_last_chunk`: of a value that goes where the last one went.
  bool needs_metadata(const Slot& slot, bool in_last_chunk = false) const {
    // Of the old forms, audio alone wants it always: without, TensorBoard's
    // data server does not tell a browser what the bytes are.
    if (slot.field != kValueTensor && slot.field != kValueAudio &&
        (slot.state == nullptr || slot.state->info() == nullptr))
      return false;
    return slot.state == nullptr || slot.state->metadata_file != file_number ||
           (drops_oldest && !outlasts(slot.state->metadata_chunk) &&
            !(in_last_chunk && slot.state->metadata_chunk == last_chunk()));
  }
  // The metadata of `slot` goes into the newest chunk of the queue.
  void mark_metadata(const Slot& slot) {
    if (slot.state == nullptr) return;
    slot.state->metadata_file = file_number;
    slot.state->metadata_chunk = last_chunk();
  }
  // Its Chunk::number; 0 where none waits.
  uint64_t last_chunk() const {
    return queue.chunks.empty() ? 0 : queue.chunks.back().number;
  }
  bool legacy_values() const { return options_.legacy_values; }
  // What find_tag() would fill in for a tag that is known; nothing is made.
  Slot peek(std::string_view tag) const;
  // Whether find_tag() would say yes; nothing is made, but a refusal is noted.
  bool check_tag(std::string_view tag, const Kind& kind, Notices& notices);
  // As TensorBoard stores it: float32. Remarks once a tag that it does not fit.
  float to_float(const Slot& slot, double value, Notices& notices);
  // False where it is refused.
  bool describe(std::string_view tag, const SeriesInfo& info, Notices& notices);

  // Notes `cause` once for `tag`, as "<what> "<tag>" of <directory>: <why>".
  void refuse(Cause cause, std::string_view tag, absl::string_view why,
              Notices& notices);
  void remark(Cause cause, std::string_view tag, absl::string_view what,
              Notices& notices);

  Core& core;
  const size_t number;
  const std::string directory;  // absolute
  std::optional<int64_t> current_step;
  // What an earlier writer left, until the first value is compared with it.
  std::optional<PreviousFiles> previous;

  ByteQueue queue;
  // Whether room is made by dropping the oldest of what waits. If so, the first
  // number of a chunk that was not yet taken to be written, and the first one
  // after the last chunk that was dropped.
  const bool drops_oldest;
  uint64_t first_waiting_chunk = 0;
  uint64_t first_sound_chunk = 0;
  // Grows with each file that is begun, so that it gets its own metadata.
  uint64_t file_number = 1;
  // Of events, queued ones included, for the file that is written or begun.
  uint64_t file_bytes = 0;
  Clock::Monotonic file_begun{};  // with max_file_age: when the first one came
  // Bytes that were ever queued, and of those how many have left the queue,
  // written or lost.
  uint64_t queued_total = 0;
  uint64_t left_total = 0;
  // Of those how many came before what is in the queue.
  uint64_t taken_total() const { return queued_total - queue.bytes; }
  // As many are written before a call returns, since no journal keeps them.
  uint64_t unjournaled_total = 0;
  int journaled = -1;     // Journal::kNoRun, or its number there
  Backoff backoff;        // of writing to the file
  double checked_at = 0;  // of Core::can_write_at_once(): its `wall_time`

  RunFile file;  // of who has the turn, once the I/O thread runs

  PluginState plugins;  // has a lock of its own

  Run* before = nullptr;  // the writer's run that was made before; fixed

 private:
  void compare_with_previous(int64_t step, Notices& notices);
  bool check(const TagState* state, std::string_view tag, const Kind& kind,
             Notices& notices);
  bool check_new_tag(std::string_view tag, Notices& notices);
  // `kind`: null where it is not known yet.
  TagState* make_tag(std::string_view tag, const Kind* kind, Notices& notices);
  // As WriterOptions::legacy_values wants it; empty but for scalars.
  std::string head_of(std::string_view tag, const Kind* kind) const;

  // Whether metadata in that chunk is in the file or on its way to it, so that
  // it is not dropped while later values wait.
  bool outlasts(uint64_t chunk) const {
    return chunk >= first_sound_chunk && chunk < first_waiting_chunk;
  }

  const WriterOptions& options_;
  Reporter& reporter_;
  TagTable tags_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_RUN_H_
