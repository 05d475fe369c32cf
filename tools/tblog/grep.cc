// SPDX-License-Identifier: Apache-2.0
//
// tblog grep: tags, texts and values that match.

#include <re2/re2.h>

#include <cmath>
#include <ostream>

#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/number.h"
#include "tools/tblog/selection.h"
#include "tools/tblog/value_json.h"

namespace tblog::tool {
namespace {

// ">10", "<=0.5", "==0", "!=0", "nan", "inf", "nonfinite".
class Condition {
 public:
  // Throws Failure.
  explicit Condition(const std::string& text) {
    if (text == "nan" || text == "inf" || text == "nonfinite") {
      what_ = text;
      return;
    }
    for (const char* sign : {">=", "<=", "==", "!=", ">", "<"}) {
      if (!text.starts_with(sign)) continue;
      what_ = sign;
      const auto number = parse_number(text.substr(what_.size()));
      if (number) {
        number_ = *number;
        return;
      }
    }
    throw Failure(kUsage, "--where " + printable(text) +
                              ": give nan, inf, nonfinite, or a comparison "
                              "like '>10', '<=0.5', '==0'");
  }

  bool holds(double value) const {
    if (what_ == "nan") return std::isnan(value);
    if (what_ == "inf") return std::isinf(value);
    if (what_ == "nonfinite") return !std::isfinite(value);
    if (what_ == ">=") return value >= number_;
    if (what_ == "<=") return value <= number_;
    if (what_ == "==") return value == number_;
    if (what_ == "!=") return value != number_;
    return what_ == ">" ? value > number_ : value < number_;
  }

 private:
  std::string what_;
  double number_ = 0;
};

class Grep : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Find tags and texts that match a pattern, and with --where the "
        "scalars for which a condition holds.");
    app.footer(
        "PATTERN is a regular expression (RE2's syntax), found anywhere in a "
        "tag or a line of a text.\nWith --where it chooses tags. Exit status: "
        "0 found, 1 not.\n"
        "Fields of --json: those of `tblog show` for a text or a scalar that "
        "was found; run tag kind\ncount for a tag\n\n"
        "Examples:\n"
        "  tblog grep 'attention.*weights' runs\n"
        "  tblog grep -i 'out of memory' runs --kind text\n"
        "  tblog grep . runs --where nonfinite\n"
        "  tblog grep '^loss' runs --where '>100' --json");
    app.add_option("PATTERN", pattern_, "a regular expression")->required();
    selection_.declare(app);
    app.add_flag("-i,--ignore-case", ignore_case_,
                 "capitals are like small letters");
    app.add_option("--where", where_,
                   "scalars only: nan, inf, nonfinite, or a comparison with a "
                   "number, e.g. '>10'")
        ->type_name("CONDITION");
  }

  ExitCode run(Streams streams) override {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_case_sensitive(!ignore_case_);
    const re2::RE2 pattern(pattern_, options);
    if (!pattern.ok())
      throw Failure(kUsage, "PATTERN " + printable(pattern_) + ": " +
                                printable(pattern.error()));
    std::optional<Condition> where;
    if (!where_.empty()) where.emplace(where_);
    const ChosenLogs chosen = selection_.open(streams.err);
    found_ = false;
    for (const ChosenSeries& series : chosen.series) {
      if (!streams.out.good()) break;  // the reader of our output went away
      const bool tag_matches = matches(pattern, series.series.tag());
      if (where) {
        if (tag_matches) grep_values(series, *where, streams.out);
        continue;
      }
      if (tag_matches) print_tag(series, streams.out);
      grep_texts(series, pattern, streams);
    }
    return found_ ? kGood : kProblemsFound;
  }

 private:
  static bool matches(const re2::RE2& pattern, const std::string& text) {
    return re2::RE2::PartialMatch(text, pattern);
  }

  void print_tag(const ChosenSeries& chosen, std::ostream& out) {
    found_ = true;
    const std::string kind(value_kind_name(chosen.series.kind()));
    if (selection_.json()) {
      out << json_line({{"run", chosen.run},
                        {"tag", chosen.series.tag()},
                        {"kind", kind},
                        {"count", chosen.indices.size()}});
      return;
    }
    print_name(chosen, out);
    out << kind << ", " << format_count(chosen.indices.size(), "value") << '\n';
  }

  void print_name(const ChosenSeries& chosen, std::ostream& out) const {
    const Terminal terminal = selection_.terminal();
    out << styled(terminal, Style::kCyan, printable(chosen.run)) << "  "
        << styled(terminal, Style::kBold, printable(chosen.series.tag()))
        << "  ";
  }

  void grep_values(const ChosenSeries& chosen, const Condition& where,
                   std::ostream& out) {
    if (chosen.series.kind() != ValueKind::kScalar) return;
    for (const size_t index : chosen.indices) {
      const double value = chosen.series.values()[index];
      if (!where.holds(value)) continue;
      found_ = true;
      if (selection_.json()) {
        out << json_line(json_point(chosen.run, chosen.series, index));
        continue;
      }
      print_name(chosen, out);
      out << chosen.series.steps()[index] << "  " << format_value(value)
          << '\n';
    }
  }

  void grep_texts(const ChosenSeries& chosen, const re2::RE2& pattern,
                  Streams streams) {
    if (chosen.series.kind() != ValueKind::kText) return;
    for (const size_t index : chosen.indices) {
      const auto value = chosen.series.text(index);
      if (!value.ok()) {
        streams.err << "tblog: warning: " << printable(chosen.run) << " "
                    << printable(chosen.series.tag()) << ": "
                    << printable(std::string(value.status().message())) << '\n';
        continue;
      }
      bool in_value = false;
      for (const std::string& text : value->texts) {
        for (const std::string& line : printable_lines(text)) {
          if (!matches(pattern, line)) continue;
          in_value = true;
          if (selection_.json()) continue;
          print_name(chosen, streams.out);
          streams.out << chosen.series.steps()[index] << "  " << line << '\n';
        }
      }
      if (!in_value) continue;
      found_ = true;
      if (selection_.json())
        streams.out << json_line(json_point(chosen.run, chosen.series, index));
    }
  }

  Selection selection_;
  std::string pattern_;
  bool ignore_case_ = false;
  std::string where_;
  bool found_ = false;
};

}  // namespace

std::unique_ptr<Command> make_grep();  // named in commands.inc
std::unique_ptr<Command> make_grep() { return std::make_unique<Grep>(); }

}  // namespace tblog::tool
