// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with event files: damage, and the traps of TensorBoard's
// format, in which a whole file shows otherwise than it was meant, or not at
// all. Functions; thread-safe.
//
//   absl::StatusOr<tblog::VerifyReport> report = tblog::verify("runs");
//   for (const tblog::Finding& finding : report->findings)
//     std::cout << finding.trap->name << ": " << finding.detail << '\n';

#ifndef TBLOG_VERIFY_H_
#define TBLOG_VERIFY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tblog/export.h"

namespace tblog {

enum class Severity : uint8_t {
  kNote,     // shown as meant, or as well as the form allows
  kWarning,  // one of TensorBoard's readers shows it otherwise
  kError,    // data are lost, or a page fails
};

// "note", "warning", "error".
TBLOG_EXPORT std::string_view severity_name(Severity severity);

// A way in which event files go wrong. All texts are sentences without an end.
struct Trap {
  int number;             // from 1 on, for ever
  std::string_view name;  // "step-increasing"
  Severity severity;
  std::string_view message;        // what is wrong
  std::string_view python_reader;  // what each of TensorBoard's readers
  std::string_view rust_reader;    // makes of it
  std::string_view remedy;
};

// All that verify() knows, by number.
TBLOG_EXPORT const std::vector<Trap>& traps();

// A trap that a file fell into. One a trap, file and tag: the first place, and
// how often it was met.
struct Finding {
  const Trap* trap = nullptr;  // never null
  std::string detail;          // what was found here
  std::string file;            // or directory
  uint64_t offset = 0;         // of the record, or of the bytes
  uint64_t length = 0;         // 0: the file as a whole
  std::string run;
  std::string tag;              // empty: of no single tag
  std::optional<int64_t> step;  // none: of no single event
  uint64_t count = 1;
};

// A plain aggregate: change the fields you care about.
struct VerifyOptions {
  // Further findings are counted only. Larger: more memory for a hostile file.
  // Valid: 1 to 2^32. Default: 10,000.
  uint64_t max_findings = 10'000;
};

struct VerifyReport {
  uint64_t files = 0;
  uint64_t records = 0;  // whole ones
  uint64_t events = 0;
  uint64_t bytes = 0;
  std::vector<Finding> findings;  // by file, in the order in which they stand
  uint64_t unlisted_findings = 0;
};

// Looks at all event files of a log directory, a run's directory, or at one
// event file.
//
// Memory: the largest record, and some hundred bytes a tag.
// Errors: NotFound as LogReader::open(); InvalidArgument for options; else what
// the system says of a single file.
TBLOG_EXPORT absl::StatusOr<VerifyReport> verify(
    const std::string& path, const VerifyOptions& options = {});

}  // namespace tblog

#endif  // TBLOG_VERIFY_H_
