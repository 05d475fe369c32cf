// SPDX-License-Identifier: Apache-2.0
//
// tblog import: scalars of CSV files and of programs' logs as event files.

#include <filesystem>
#include <fstream>
#include <iostream>
#include <ostream>

#include "tools/tblog/command.h"
#include "tools/tblog/csv.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/imported_rows.h"
#include "tools/tblog/log_lines.h"
#include "tools/tblog/number.h"

namespace tblog::tool {
namespace {

class Import : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Make event files of a CSV file, or of the lines of a text log that "
        "match a pattern.");
    app.footer(
        "The columns of a CSV file have names in its first line; those of "
        "`tblog export`, of the\nfiles that TensorBoard saves, or a table: "
        "each column but run, step and wall_time is a tag.\n"
        "Of a pattern (RE2's syntax) each named group is a column; several "
        "may be given, and the\nfirst that matches a line counts. Rows without "
        "a step are counted from 0. wall_time is in\nseconds since 1970, or a "
        "date and time (ISO 8601). Values are stored as 32-bit floats.\n\n"
        "Examples:\n"
        "  tblog import metrics.csv -o runs/old\n"
        "  tblog import --tag loss run-train-tag-loss.csv -o runs/loss\n"
        "  tblog import --pattern 'step (?P<step>\\d+).* loss "
        "(?P<loss>\\S+)' train.log -o runs/fit\n"
        "  python train.py | tblog import --pattern "
        "'epoch=(?P<step>\\d+) acc=(?P<acc>\\S+)' - -o runs/live");
    app.add_option("FILE", files_, "CSV files or logs; - is standard input")
        ->required();
    app.add_option("-o,--out", out_, "the log directory to make")
        ->required()
        ->type_name("LOGDIR");
    app.add_option("--pattern", patterns_,
                   "lines of a text log: a regular expression with groups "
                   "step, wall_time, run, and one for each tag; may be given "
                   "again for more")
        ->type_name("REGEX")
        ->take_all()
        ->allow_extra_args(false);
    app.add_option("--run", options_.run,
                   "the run below LOGDIR, where rows name none")
        ->type_name("NAME");
    app.add_option("--tag", options_.tag,
                   "the tag of a column \"value\", where rows name none")
        ->type_name("NAME");
    app.add_option("--step", options_.step_column,
                   "the column of the steps (default: step or global_step)")
        ->type_name("COLUMN");
    app.add_option("--wall-time", options_.wall_time_column,
                   "the column of the times (default: wall_time, timestamp or "
                   "datetime)")
        ->type_name("COLUMN");
    app.add_flag("--append", append_,
                 "add to a log directory that has something in it");
  }

  ExitCode run(Streams streams) override {
    std::vector<LinePattern> patterns;
    for (const std::string& pattern : patterns_) patterns.emplace_back(pattern);
    check_target();
    // Before anything is made.
    std::vector<std::unique_ptr<std::ifstream>> opened;
    for (const std::string& name : files_) opened.push_back(open(name));
    RowImporter importer(out_, options_);
    ExitCode code = kGood;
    for (size_t i = 0; i < files_.size(); ++i) {
      std::istream& in = opened[i] ? *opened[i] : std::cin;
      const bool good =
          patterns.empty()
              ? read_csv(in, files_[i], importer, streams.err)
              : read_lines(in, files_[i], patterns, importer, streams.err);
      if (!good) code = kProblemsFound;
    }
    importer.finish();
    for (const std::string& problem : importer.problems()) {
      streams.err << "tblog: warning: " << problem << '\n';
      code = kProblemsFound;
    }
    if (importer.written() == 0) {
      streams.err << "tblog: no values"
                  << (patterns.empty()
                          ? ": is it CSV? --pattern reads the lines of a log"
                          : "")
                  << '\n';
      return kProblemsFound;
    }
    streams.out << "wrote " << printable(out_) << ": "
                << format_count(importer.written(), "value") << '\n';
    return code;
  }

 private:
  void check_target() const {
    std::error_code error;
    if (append_ || !std::filesystem::exists(out_, error)) return;
    if (!std::filesystem::is_empty(out_, error) || error)
      throw Failure(kCannotRead, printable(out_) +
                                     " is there already and has something in "
                                     "it (--append adds to it)");
  }

  // Null: standard input.
  static std::unique_ptr<std::ifstream> open(const std::string& name) {
    if (name == "-") return nullptr;
    auto file = std::make_unique<std::ifstream>(name, std::ios::binary);
    std::error_code ignored;
    if (!file->is_open() || std::filesystem::is_directory(name, ignored))
      throw Failure(kCannotRead, "cannot read " + printable(name));
    return file;
  }

  // False: damage, told on `err`.
  bool read_csv(std::istream& in, const std::string& name,
                RowImporter& importer, std::ostream& err) const {
    CsvReader reader(in);
    const auto header = reader.next();
    if (header) {
      const RowFields fields(*header, options_);
      while (auto row = reader.next()) {
        for (std::string& field : *row) field = unprotected(std::move(field));
        importer.add(fields, *row, reader.line());
      }
    }
    const std::string problem = !reader.damaged().empty() ? reader.damaged()
                                : !header ? std::string("it is empty")
                                          : std::string();
    if (problem.empty()) return true;
    err << "tblog: warning: " << printable(name) << ", line " << reader.line()
        << ": " << problem << '\n';
    return false;
  }

  bool read_lines(std::istream& in, const std::string& name,
                  const std::vector<LinePattern>& patterns,
                  RowImporter& importer, std::ostream& err) const {
    std::vector<RowFields> fields;
    for (const LinePattern& pattern : patterns)
      fields.emplace_back(pattern.names(), options_);
    LogLines lines(in);
    uint64_t matched = 0;
    for (std::string line; lines.next(line);) {
      for (size_t i = 0; i < patterns.size(); ++i) {
        const auto row = patterns[i].match(line);
        if (!row) continue;
        importer.add(fields[i], *row, lines.number());
        ++matched;
        break;
      }
    }
    if (matched > 0) return true;
    err << "tblog: warning: " << printable(name)
        << ": no line matches the pattern\n";
    return false;
  }

  std::vector<std::string> files_;
  std::string out_;
  std::vector<std::string> patterns_;
  ImportOptions options_;
  bool append_ = false;
};

}  // namespace

std::unique_ptr<Command> make_import();  // named in commands.inc
std::unique_ptr<Command> make_import() { return std::make_unique<Import>(); }

}  // namespace tblog::tool
