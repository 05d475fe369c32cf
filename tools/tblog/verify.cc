// SPDX-License-Identifier: Apache-2.0
//
// tblog verify: what is wrong with event files.

#include "tblog/verify.h"

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/number.h"
#include "tools/tblog/progress.h"
#include "tools/tblog/terminal.h"

namespace tblog::tool {
namespace {

Style style_of(Severity severity) {
  switch (severity) {
    case Severity::kNote:
      return Style::kDim;
    case Severity::kWarning:
      return Style::kYellow;
    case Severity::kError:
      break;
  }
  return Style::kRed;
}

class Verify : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Look for damage, and for the traps of TensorBoard's format: what its "
        "two readers would make of it, and how to mend it.");
    app.footer(
        "Notes are no problems; errors and warnings are. One finding a trap, "
        "file and tag.\n\n"
        "Fields of --json: trap number severity message detail python_reader "
        "rust_reader remedy\nfile offset length run tag step count; the last "
        "five where they apply\n\n"
        "Exit codes: 0 good; 1 problems were found; 2 usage; 3 cannot read.\n\n"
        "Examples:\n"
        "  tblog verify runs\n"
        "  tblog verify runs --severity error --json | jq -r .file\n"
        "  tblog verify --traps");
    app.add_option("PATH", paths_, "log directories, run directories, files");
    app.add_option("--severity", severity_,
                   "tell only these and worse: note, warning, error")
        ->check(CLI::IsMember({"note", "warning", "error"}))
        ->type_name("SEVERITY");
    app.add_flag("--traps", list_traps_, "list all traps that it knows");
    app.add_flag("--json", json_, "one JSON object a line");
    app.add_option("--color", display_.color,
                   "auto (on a terminal), always, never")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->type_name("WHEN");
  }

  ExitCode run(Streams streams) override {
    const Terminal terminal = describe_stdout(display_);
    if (list_traps_) {
      for (const Trap& trap : traps()) print_trap(trap, terminal, streams.out);
      return kGood;
    }
    if (paths_.empty()) throw Failure(kUsage, "verify: give a PATH");
    bool problems = false;
    for (const std::string& path : paths_) {
      absl::StatusOr<VerifyReport> report = [&] {
        const Progress progress(reading_progress("verifying", {path}));
        return tblog::verify(path);
      }();
      if (!report.ok())
        throw Failure(kCannotRead,
                      printable(std::string(report.status().message())));
      problems = print(*report, terminal, streams) || problems;
    }
    return problems ? kProblemsFound : kGood;
  }

 private:
  Severity least() const {
    if (severity_ == "error") return Severity::kError;
    return severity_ == "warning" ? Severity::kWarning : Severity::kNote;
  }

  // Whether there are problems.
  bool print(const VerifyReport& report, const Terminal& terminal,
             Streams streams) const {
    uint64_t told[3] = {};
    bool problems = false;
    for (const Finding& finding : report.findings) {
      const Severity severity = finding.trap->severity;
      problems = problems || severity != Severity::kNote;
      ++told[static_cast<size_t>(severity)];
      if (severity < least()) continue;
      if (json_)
        streams.out << json_line(as_json(finding));
      else
        print_finding(finding, terminal, streams.out);
    }
    if (report.unlisted_findings > 0) {
      problems = true;
      streams.err << "tblog: " << report.unlisted_findings
                  << " further findings are not listed\n";
    }
    if (!json_) {
      streams.out << format_count(report.files, "file") << ", "
                  << format_count(report.records, "record") << ", "
                  << format_bytes(report.bytes) << ": "
                  << format_count(told[2], "error") << ", "
                  << format_count(told[1], "warning") << ", "
                  << format_count(told[0], "note") << '\n';
    }
    return problems;
  }

  static void print_finding(const Finding& finding, const Terminal& terminal,
                            std::ostream& out) {
    const Trap& trap = *finding.trap;
    out << styled(terminal, style_of(trap.severity),
                  severity_name(trap.severity))
        << ' ' << trap.number << ' '
        << styled(terminal, Style::kBold, trap.name) << ": " << trap.message
        << '\n'
        << "  " << printable(finding.file);
    if (finding.length > 0)
      out << ": " << finding.length << " bytes at offset " << finding.offset;
    if (!finding.tag.empty()) out << ", tag " << printable(finding.tag);
    if (finding.step.has_value()) out << ", step " << *finding.step;
    if (finding.count > 1) out << ", and " << finding.count - 1 << " more";
    out << "\n  " << printable(finding.detail) << '\n';
    print_consequences(trap, terminal, out);
  }

  static void print_consequences(const Trap& trap, const Terminal& terminal,
                                 std::ostream& out) {
    if (trap.python_reader == trap.rust_reader) {
      out << styled(terminal, Style::kDim, "  both readers: ")
          << trap.python_reader << '\n';
    } else {
      out << styled(terminal, Style::kDim, "  Python reader: ")
          << trap.python_reader << '\n'
          << styled(terminal, Style::kDim, "  Rust reader: ")
          << trap.rust_reader << '\n';
    }
    out << styled(terminal, Style::kDim, "  mend: ") << trap.remedy << "\n\n";
  }

  void print_trap(const Trap& trap, const Terminal& terminal,
                  std::ostream& out) const {
    if (json_) {
      out << json_line(as_json(trap));
      return;
    }
    out << trap.number << ' ' << styled(terminal, Style::kBold, trap.name)
        << " (" << severity_name(trap.severity) << "): " << trap.message
        << '\n';
    print_consequences(trap, terminal, out);
  }

  static Json as_json(const Trap& trap) {
    return {{"trap", std::string(trap.name)},
            {"number", trap.number},
            {"severity", std::string(severity_name(trap.severity))},
            {"message", std::string(trap.message)},
            {"python_reader", std::string(trap.python_reader)},
            {"rust_reader", std::string(trap.rust_reader)},
            {"remedy", std::string(trap.remedy)}};
  }

  static Json as_json(const Finding& finding) {
    Json object = as_json(*finding.trap);
    object["detail"] = finding.detail;
    object["file"] = finding.file;
    if (finding.length > 0) {
      object["offset"] = finding.offset;
      object["length"] = finding.length;
    }
    object["run"] = finding.run;
    if (!finding.tag.empty()) object["tag"] = finding.tag;
    if (finding.step.has_value()) object["step"] = *finding.step;
    object["count"] = finding.count;
    return object;
  }

  std::vector<std::string> paths_;
  std::string severity_ = "note";
  bool list_traps_ = false;
  bool json_ = false;
  DisplayOptions display_;
};

}  // namespace

std::unique_ptr<Command> make_verify();  // named in commands.inc
std::unique_ptr<Command> make_verify() { return std::make_unique<Verify>(); }

}  // namespace tblog::tool
