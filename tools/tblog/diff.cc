// SPDX-License-Identifier: Apache-2.0
//
// tblog diff: what parts two logs, for tests of a training and for people.

#include <atomic>
#include <map>
#include <ostream>
#include <set>
#include <utility>

#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/number.h"
#include "tools/tblog/progress.h"
#include "tools/tblog/selection.h"
#include "tools/tblog/series_difference.h"
#include "tools/tblog/table.h"
#include "tools/tblog/value_json.h"

namespace tblog::tool {
namespace {

// Run and tag.
using Name = std::pair<std::string, std::string>;
using SeriesByName = std::map<Name, const ChosenSeries*>;

SeriesByName by_name(const ChosenLogs& chosen, const std::string& only_run) {
  SeriesByName series;
  for (const ChosenSeries& one : chosen.series)
    series[{only_run.empty() ? one.run : only_run, one.series.tag()}] = &one;
  return series;
}

std::set<std::string> runs_of(const ChosenLogs& chosen) {
  std::set<std::string> runs;
  for (const ChosenSeries& one : chosen.series) runs.insert(one.run);
  return runs;
}

// A line of the report.
struct Parting {
  Name name;
  std::string reason;  // only in A, only in B, kind, value, step only in …
  std::string kind;
  SeriesDifference difference = {};  // of value and step
  Tolerance tolerance = {};
};

class Diff : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Compare two logs: missing series, the first step where values part, "
        "the largest difference.");
    app.footer(
        "Runs are matched by their names, a single run on both sides with each "
        "other. Numbers are\nlike each other within the tolerance, NaN is like "
        "NaN; images, texts and the rest must be\nequal byte by byte. Wall "
        "times do not count. Exit status: 0 alike, 1 not.\n"
        "Fields of --json: run tag kind reason (only in A, only in B, kind, "
        "value, step only in A,\nstep only in B) count (of values that part) "
        "step (the first) a b (scalars) difference\n(the largest) "
        "difference_step tolerance relative_tolerance\n\n"
        "Examples:\n"
        "  tblog diff runs/before runs/after\n"
        "  tblog diff expected.tfevents runs/ci --tolerance 'loss*=1e-6'\n"
        "  tblog diff runs/a runs/b --relative 1e-5 --tag 'eval/*' --json");
    app.add_option("A", a_, "log directory, run directory or event file")
        ->required();
    app.add_option("B", b_, "the one to compare it with")->required();
    app.add_option("--tolerance", tolerance_texts_,
                   "numbers may be so far apart; may be given again, and the "
                   "last one whose TAG (a glob) matches counts")
        ->type_name("[TAG=]ABS")
        ->take_all()
        ->allow_extra_args(false);
    app.add_option("--relative", relative_texts_,
                   "the same as a share of the larger of the two; both "
                   "tolerances add up")
        ->type_name("[TAG=]REL")
        ->take_all()
        ->allow_extra_args(false);
    app.add_flag("-q,--quiet", quiet_, "print nothing; the exit status tells");
    selection_.declare_filters(app);
  }

  ExitCode run(Streams streams) override {
    Tolerances tolerances;
    for (const std::string& text : tolerance_texts_)
      tolerances.add_absolute(text);
    for (const std::string& text : relative_texts_)
      tolerances.add_relative(text);
    const ChosenLogs a = selection_.open(a_, streams.err);
    const ChosenLogs b = selection_.open(b_, streams.err);
    if (a.series.empty() && b.series.empty())
      throw Failure(kUsage, "neither log has a series to compare");
    compare(a, b, tolerances, streams.err);
    if (selection_.json())
      print_json(streams.out);
    else if (!quiet_)
      print_table(streams.out);
    const bool alike = partings_.empty() && a.exit_code == kGood &&
                       b.exit_code == kGood && !unreadable_;
    return alike ? kGood : kProblemsFound;
  }

 private:
  void compare(const ChosenLogs& a, const ChosenLogs& b,
               const Tolerances& tolerances, std::ostream& err) {
    // A single run on both sides: whatever they are called.
    const std::set<std::string> runs_a = runs_of(a);
    const std::set<std::string> runs_b = runs_of(b);
    const bool pair = runs_a.size() == 1 && runs_b.size() == 1;
    const std::string run = pair ? *runs_a.begin() : "";
    const SeriesByName in_a = by_name(a, run);
    const SeriesByName in_b = by_name(b, run);
    Progress progress(
        counting_progress("comparing series", in_a.size(), &looked_at_));
    for (const auto& [name, series] : in_a) {
      ++looked_at_;
      const auto other = in_b.find(name);
      if (other == in_b.end())
        add(name, "only in A", *series);
      else
        compare(name, *series, *other->second, tolerances.of(name.second),
                progress, err);
    }
    for (const auto& [name, series] : in_b) {
      if (in_a.find(name) == in_a.end()) add(name, "only in B", *series);
    }
    series_ = in_a.size();
    for (const auto& [name, series] : in_b) series_ += !in_a.contains(name);
  }

  void add(const Name& name, const std::string& reason,
           const ChosenSeries& series) {
    partings_.push_back(
        {name, reason, std::string(value_kind_name(series.series.kind()))});
  }

  void compare(const Name& name, const ChosenSeries& a, const ChosenSeries& b,
               const Tolerance& tolerance, Progress& progress,
               std::ostream& err) {
    if (a.series.kind() != b.series.kind()) {
      add(name, "kind", a);
      partings_.back().kind +=
          ", " + std::string(value_kind_name(b.series.kind()));
      return;
    }
    try {
      const SeriesDifference found = difference(a, b, tolerance);
      compared_ += found.compared;
      if (found.count == 0) return;
      add(name, found.reason, a);
      partings_.back().difference = found;
      partings_.back().tolerance = tolerance;
    } catch (const UnreadableValue& error) {
      unreadable_ = true;
      progress.make_room();
      err << "tblog: warning: " << printable(name.first) << " "
          << printable(name.second) << ": " << printable(error.what()) << '\n';
    }
  }

  void print_json(std::ostream& out) const {
    for (const Parting& parting : partings_) {
      const SeriesDifference& found = parting.difference;
      Json object;
      object["run"] = parting.name.first;
      object["tag"] = parting.name.second;
      object["kind"] = parting.kind;
      object["reason"] = parting.reason;
      if (found.count > 0) {
        object["count"] = found.count;
        object["step"] = found.step;
        if (found.a) object["a"] = json_number(*found.a);
        if (found.b) object["b"] = json_number(*found.b);
        if (found.largest) {
          object["difference"] = json_number(*found.largest);
          object["difference_step"] = found.largest_step;
        }
        object["tolerance"] = json_number(parting.tolerance.absolute);
        object["relative_tolerance"] = json_number(parting.tolerance.relative);
      }
      out << json_line(object);
    }
  }

  void print_table(std::ostream& out) const {
    const Terminal terminal = selection_.terminal();
    Table table(
        {{.title = "RUN", .shorten = Shorten::kMiddle, .style = Style::kCyan},
         {.title = "TAG", .shorten = Shorten::kMiddle},
         {.title = "WHAT", .style = Style::kRed},
         {.title = "VALUES", .align = Align::kRight, .expendable = 2},
         {.title = "FIRST", .align = Align::kRight},
         {.title = "A", .align = Align::kRight, .expendable = 3},
         {.title = "B", .align = Align::kRight, .expendable = 3},
         {.title = "LARGEST", .align = Align::kRight},
         {.title = "AT", .align = Align::kRight, .expendable = 1}});
    const auto number = [](const std::optional<double>& value) {
      return value ? format_value(*value) : std::string();
    };
    for (const Parting& parting : partings_) {
      const SeriesDifference& found = parting.difference;
      const bool values = found.count > 0;
      const std::string what =
          parting.reason == "kind" ? "kinds " + parting.kind : parting.reason;
      table.add({printable(parting.name.first), printable(parting.name.second),
                 what, values ? std::to_string(found.count) : "",
                 values ? std::to_string(found.step) : "", number(found.a),
                 number(found.b), number(found.largest),
                 found.largest ? std::to_string(found.largest_step) : ""});
    }
    if (!partings_.empty()) table.print(out, terminal);
    out << (partings_.empty() ? "alike: " : "not alike: ") << partings_.size()
        << " of " << series_ << " series part, " << compared_
        << " values compared\n";
  }

  Selection selection_;
  std::string a_;
  std::string b_;
  std::vector<std::string> tolerance_texts_;
  std::vector<std::string> relative_texts_;
  bool quiet_ = false;

  std::vector<Parting> partings_;
  std::atomic<uint64_t> looked_at_ = 0;  // series of A
  uint64_t series_ = 0;
  uint64_t compared_ = 0;
  bool unreadable_ = false;
};

}  // namespace

std::unique_ptr<Command> make_diff();  // named in commands.inc
std::unique_ptr<Command> make_diff() { return std::make_unique<Diff>(); }

}  // namespace tblog::tool
