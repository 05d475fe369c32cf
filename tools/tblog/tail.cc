// SPDX-License-Identifier: Apache-2.0
//
// tblog tail: the last values of each series, and with -f those that come.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <numeric>
#include <optional>
#include <ostream>
#include <sstream>
#include <utility>

#include "tools/tblog/chart.h"
#include "tools/tblog/command.h"
#include "tools/tblog/describe.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/ends.h"
#include "tools/tblog/followed_log.h"
#include "tools/tblog/interrupt.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/live_board.h"
#include "tools/tblog/number.h"
#include "tools/tblog/progress.h"
#include "tools/tblog/scalar_chart.h"
#include "tools/tblog/selection.h"
#include "tools/tblog/value_json.h"

namespace tblog::tool {
namespace {

double now_secs() {
  return std::chrono::duration<double>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// What a value is on a line of its own.
std::string text_of(const Series& series, size_t index) {
  try {
    return describe(series, index);
  } catch (const UnreadableValue&) {
    return "(cannot be read)";
  }
}

class Tail : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Show the last values of each series; with -f, go on with those that "
        "are being written.");
    app.footer(
        "-f draws a board of the chosen series on a terminal, or with --plot "
        "their curves, and writes a\nline a value elsewhere. It finds new "
        "files and new runs, waits for the first ones, and ends with\nCtrl-C.\n"
        "Fields of --json: those of `tblog show`\n\n"
        "Examples:\n"
        "  tblog tail runs --tag loss\n"
        "  tblog tail -f runs --tag 'loss*' --tag accuracy\n"
        "  tblog tail -f runs --tag loss --plot --smooth 0.6\n"
        "  tblog tail -f runs --kind scalar --json | tee values.jsonl");
    selection_.declare(app);
    app.add_option("-n", count_,
                   "values of each series (default: 10; with -f, before what "
                   "comes: 0)")
        ->check(CLI::Range(0, 1'000'000'000))
        ->type_name("N");
    app.add_flag("-f,--follow", follow_, "go on as the log grows");
    app.add_flag("--plot", plot_, "with -f on a terminal: curves of scalars");
    app.add_option("--smooth", chart_options_.smooth,
                   "weight of the past in the curves' moving average; 0 to "
                   "0.999")
        ->check(CLI::Range(0.0, 0.999))
        ->type_name("W");
    app.add_option("--interval", interval_secs_,
                   "seconds between two looks at the files (default: 1)")
        ->check(CLI::Range(0.05, 3600.0))
        ->type_name("SECS");
  }

  ExitCode run(Streams streams) override {
    if (follow_) return follow(streams);
    const ChosenLogs chosen = selection_.open(streams.err);
    const bool good =
        print_ends(chosen, End::kLast, count_.value_or(10), selection_.json(),
                   selection_.terminal(), streams.out, streams.err);
    return good ? chosen.exit_code : kProblemsFound;
  }

 private:
  ExitCode follow(Streams streams) {
    const std::vector<std::string> paths = selection_.paths();
    for (const std::string& path : paths) {
      std::error_code ignored;
      if (!std::filesystem::exists(path, ignored))
        throw Failure(kCannotRead, printable(path) + " does not exist");
    }
    FollowedLog log(paths, selection_.reader_options());
    // From the first look on: until then there is nothing to end well.
    std::optional<Interrupt> interrupt;
    const bool board = selection_.terminal().interactive && !selection_.json();
    ExitCode code = kGood;
    bool first = true;
    do {
      const std::vector<GrownSeries> grown = wanted(look(log, first));
      if (!interrupt) interrupt.emplace();
      if (board)
        update_board(grown);
      else
        print_lines(streams.out, grown, first ? count_.value_or(0) : SIZE_MAX);
      for (const SkippedRegion& region : log.take_skipped()) {
        code = kProblemsFound;
        ++damaged_places_;
        if (!board)
          streams.err << "tblog: warning: " << printable(region.file) << ": "
                      << printable(region.reason) << '\n';
      }
      // Each time anew: the window may have another size now.
      if (board) draw(streams.out, selection_.terminal(), log);
      streams.out.flush();
      first = false;
    } while (streams.out.good() && !interrupt->wait(interval_secs_));
    return code;
  }

  std::vector<GrownSeries> look(FollowedLog& log, bool first) const {
    std::optional<Progress> progress;
    if (first)
      progress.emplace(reading_progress("reading", selection_.paths()));
    return log.look();
  }

  std::vector<GrownSeries> wanted(std::vector<GrownSeries> all) const {
    std::erase_if(all, [&](const GrownSeries& one) {
      return !selection_.wants_run(one.run);
    });
    return all;
  }

  // ---- Lines ----

  // At most `count` of each series, in the order of their times.
  void print_lines(std::ostream& out, const std::vector<GrownSeries>& grown,
                   size_t count) const {
    struct Line {
      const GrownSeries* grown;
      size_t index;
    };
    std::vector<Line> lines;
    for (const GrownSeries& one : grown) {
      const size_t size = one.series->size();
      for (size_t i = std::max(one.begin, size - std::min(count, size));
           i < size; ++i)
        lines.push_back({&one, i});
    }
    const auto time = [](const Line& line) {
      return line.grown->series->wall_times()[line.index];
    };
    std::stable_sort(
        lines.begin(), lines.end(),
        [&](const Line& a, const Line& b) { return time(a) < time(b); });
    for (const Line& line : lines)
      print_line(out, line.grown->run, *line.grown->series, line.index);
  }

  void print_line(std::ostream& out, const std::string& run,
                  const Series& series, size_t index) const {
    if (!selection_.json()) {
      out << printable(run) << "  " << printable(series.tag()) << "  "
          << series.steps()[index] << "  " << text_of(series, index) << '\n';
      return;
    }
    try {
      out << json_line(json_point(run, series, index));
    } catch (const UnreadableValue&) {
      // The file was changed under us; the next look tells.
    }
  }

  // ---- The board ----

  void update_board(const std::vector<GrownSeries>& grown) {
    for (const GrownSeries& one : grown) {
      const Series& series = *one.series;
      const size_t last = series.size() - 1;
      LiveBoard::Update update;
      update.count = series.size();
      update.step = series.steps()[last];
      update.wall_time = series.wall_times()[last];
      update.text = text_of(series, last);
      const size_t begin = std::max(
          one.begin,
          series.size() - std::min(series.size(), LiveBoard::kTrendValues));
      for (size_t i = begin; i < series.values().size(); ++i)
        update.numbers.push_back(series.values()[i]);
      board_.update(one.run, series.tag(), update);
    }
  }

  void draw(std::ostream& out, const Terminal& terminal,
            const FollowedLog& log) {
    std::ostringstream text;
    const bool plotted = plot_ && print_charts(text, terminal, log);
    if (!plotted) board_.print(text, terminal, now_secs());
    std::string below = "Ctrl-C ends";
    if (damaged_places_ > 0)
      below = format_count(damaged_places_, "damaged place") + "; " + below;
    if (board_.series() == 0)
      below = (log.runs() == 0 ? "no event files yet; " : "no values yet; ") +
              below;
    text << styled(terminal, Style::kDim,
                   cut(below, static_cast<size_t>(terminal.chart_width()),
                       terminal.ellipsis()))
         << '\n';
    screen_.draw(out, terminal, text.str());
  }

  // The charts that the window has room for; false: there are no scalars.
  bool print_charts(std::ostream& out, const Terminal& terminal,
                    const FollowedLog& log) const {
    std::vector<ChosenSeries> chosen;
    for (const GrownSeries& one : wanted(log.all())) {
      std::vector<size_t> indices(one.series->size());
      std::iota(indices.begin(), indices.end(), size_t{0});
      chosen.push_back({one.run, *one.series, std::move(indices), {}});
    }
    const SeriesByTag by_tag = scalars_by_tag(chosen);
    if (by_tag.empty()) return false;
    // A chart has a title, an axis and a legend beside its rows; below all are
    // two lines of ours.
    constexpr int kLeastRows = 3;
    int lines = (terminal.height > 0 ? terminal.height : 24) - 3;
    size_t left = by_tag.size();
    for (const auto& [tag, series] : by_tag) {
      const int around = 3 + static_cast<int>(series.size());
      if (lines < around + kLeastRows && left < by_tag.size()) break;
      const int share = lines / static_cast<int>(left);
      const int rows = std::max(kLeastRows, std::min(share, lines) - around);
      print_chart(out, terminal, scalar_chart(tag, series, chart_options_),
                  rows);
      lines -= rows + around;
      --left;
    }
    if (left > 0)
      out << terminal.ellipsis() << " and " << left
          << " more tags; --tag chooses\n";
    return true;
  }

  Selection selection_;
  std::optional<size_t> count_;
  bool follow_ = false;
  double interval_secs_ = 1;
  bool plot_ = false;
  ScalarChartOptions chart_options_;
  LiveBoard board_;
  LiveScreen screen_;
  uint64_t damaged_places_ = 0;
};

}  // namespace

std::unique_ptr<Command> make_tail();  // named in commands.inc
std::unique_ptr<Command> make_tail() { return std::make_unique<Tail>(); }

}  // namespace tblog::tool
