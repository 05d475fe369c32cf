// SPDX-License-Identifier: Apache-2.0
//
// Event files made of others: repaired, joined, split, edited. What is not
// asked to change stays as it is, to the byte, unknown fields too; what a file
// needs to be shown is there: its version comes first, and each tag's first
// value has the tag's metadata. Functions; thread-safe for different files.
//
//   tblog::RewriteOptions options;
//   options.drop = {"debug/*"};
//   absl::StatusOr<tblog::RewriteReport> report =
//       tblog::rewrite_events({old_path}, {{new_path}}, options);

#ifndef TBLOG_LOG_REWRITER_H_
#define TBLOG_LOG_REWRITER_H_

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tblog/export.h"
#include "tblog/record_io.h"

namespace tblog {

// What becomes of values in the forms of TensorFlow 1 (simple_value, histo,
// image, audio).
enum class OldForms : uint8_t {
  kKeep,
  kReplace,  // tensors of the same values, as TensorBoard's Python reader has
             // it
};

// What becomes of values that a resumed run wrote once more.
enum class Superseded : uint8_t {
  kKeep,
  // A value goes where a later one of its tag has the same step or a lower one,
  // or where a later START has. Both of TensorBoard's readers then show the
  // same, with steps that grow; the STARTs go, too.
  kCut,
};

// How events are changed on their way. A plain aggregate: change the fields you
// care about.
struct RewriteOptions {
  // ---- Which values stay ----

  // Globs of tags, see matches_glob(). Default: none is dropped.
  std::vector<std::string> drop = {};
  // Steps as they stand in the files, both included. Default: all.
  int64_t min_step = std::numeric_limits<int64_t>::min();
  int64_t max_step = std::numeric_limits<int64_t>::max();
  // Of each tag the first value stays, and each whose step is at least so much
  // above that of the last one that stayed. Larger: fewer values. Valid: at
  // least 0. Default: 0, all.
  int64_t min_step_distance = 0;
  Superseded superseded = Superseded::kKeep;

  // ---- What becomes of them ----

  // Old and new names of tags. Where both end with '*', the beginnings are
  // exchanged.
  std::vector<std::pair<std::string, std::string>> rename = {};
  OldForms old_forms = OldForms::kKeep;
  int64_t shift_steps = 0;
  double shift_wall_time_secs = 0;

  // ---- Files ----

  IfExists if_exists = IfExists::kFail;
  // Event files of the same run in which metadata are looked for that the files
  // themselves lack.
  std::vector<std::string> metadata_files = {};
};

// A file that is written.
struct RewriteTarget {
  std::string path;
  // Globs of the new tags whose values it gets. Default: all.
  std::vector<std::string> tags = {};
};

struct RewriteReport {
  uint64_t records = 0;          // whole ones that were read
  uint64_t events = 0;           // written, to all targets
  uint64_t bytes = 0;            // likewise
  uint64_t values = 0;           // likewise
  uint64_t filtered_values = 0;  // left out as the options say
  uint64_t superseded_values = 0;
  // A file's version, or a tag's metadata, that were not where they must be.
  uint64_t added_versions = 0;
  uint64_t added_metadata = 0;
  // Tags of which no metadata were found: TensorBoard does not show them.
  uint64_t tags_without_metadata = 0;
  // What could not be read, and records that would stop TensorBoard.
  std::vector<SkippedRegion> skipped = {};
};

// Reads the files one after the other, as finished ones, and writes the
// targets, all of them or none.
//
// Cost: two passes over the files for Superseded::kCut, else one, and one more
// where metadata are missing. Memory: the largest record, some hundred bytes a
// tag.
// Errors: InvalidArgument for options, no or more than 64 targets, and steps
// that would leave int64; AlreadyExists for a target, where if_exists says so;
// else what the system says. Damage is none.
TBLOG_EXPORT absl::StatusOr<RewriteReport> rewrite_events(
    const std::vector<std::string>& files,
    const std::vector<RewriteTarget>& targets,
    const RewriteOptions& options = {});

struct RepairReport {
  RewriteReport rewritten;
  uint64_t file_bytes = 0;  // of the damaged file
  std::string backup;  // where repair_in_place() put it; empty: it is whole
};

// Writes every event that can be saved from `file` to the new file `path`, with
// a version and metadata where the damage took them; the other event files of
// the directory are asked for these.
//
// Errors: as rewrite_events(); FailedPrecondition where nothing can be saved.
TBLOG_EXPORT absl::StatusOr<RepairReport> repair_file(
    const std::string& file, const std::string& path,
    IfExists if_exists = IfExists::kFail);

// The same in the file's place, unless it is whole. The damaged one stays
// beside it, as RepairReport::backup, under a name that ends with ".bak" and
// that TensorBoard does not take for an event file.
TBLOG_EXPORT absl::StatusOr<RepairReport> repair_in_place(
    const std::string& file);

}  // namespace tblog

#endif  // TBLOG_LOG_REWRITER_H_
