// SPDX-License-Identifier: Apache-2.0
//
// tblog tail: the last values of each series, and with -f those that come.

#include <chrono>
#include <cmath>
#include <filesystem>
#include <optional>
#include <ostream>

#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/ends.h"
#include "tools/tblog/followed_log.h"
#include "tools/tblog/interrupt.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/live_board.h"
#include "tools/tblog/number.h"
#include "tools/tblog/selection.h"

namespace tblog::tool {
namespace {

double now_secs() {
  return std::chrono::duration<double>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// What a value is on a line of its own.
std::string text_of(const TaggedValue& value) {
  if (const auto* number = std::get_if<double>(&value.value))
    return format_value(*number);
  if (const auto* text = std::get_if<TextValue>(&value.value))
    return text->texts.empty() ? "" : printable(text->texts.front());
  if (const auto* image = std::get_if<ImageValue>(&value.value))
    return std::to_string(image->width) + "x" + std::to_string(image->height) +
           " image";
  if (const auto* histogram = std::get_if<HistogramValue>(&value.value)) {
    double count = 0;
    for (const HistogramBucket& bucket : histogram->buckets)
      count += bucket.count;
    return format_value(count) + " in " +
           (histogram->buckets.empty()
                ? "no bucket"
                : "[" + format_value(histogram->buckets.front().left, 3) +
                      ", " + format_value(histogram->buckets.back().right, 3) +
                      "]");
  }
  return std::string(value_kind_name(value.kind));
}

class Tail : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Show the last values of each series; with -f, go on with those that "
        "are being written.");
    app.footer(
        "-f draws a board of the chosen series on a terminal, and writes a "
        "line a value elsewhere.\nIt finds new files and new runs, and ends "
        "with Ctrl-C.\n"
        "Fields of --json: those of `tblog show`; with -f, value of scalars "
        "and texts only\n\n"
        "Examples:\n"
        "  tblog tail runs --tag loss\n"
        "  tblog tail -f runs --tag 'loss*' --tag accuracy\n"
        "  tblog tail -f runs --kind scalar --json | tee values.jsonl");
    selection_.declare(app);
    app.add_option("-n", count_,
                   "values of each series (default: 10; with -f, before what "
                   "comes: 0)")
        ->check(CLI::Range(0, 1'000'000'000))
        ->type_name("N");
    app.add_flag("-f,--follow", follow_, "go on as the log grows");
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
  bool wants(const std::string& run, const Event& event,
             const TaggedValue& value) const {
    return selection_.wants_run(run) && selection_.wants_tag(value.tag) &&
           selection_.wants_kind(value.kind) &&
           selection_.wants_step(event.step);
  }

  ExitCode follow(Streams streams) {
    for (const std::string& path : selection_.paths()) {
      std::error_code ignored;
      if (!std::filesystem::exists(path, ignored))
        throw Failure(kCannotRead, printable(path) + " does not exist");
    }
    FollowedLog log(selection_.paths());
    Interrupt interrupt;
    const bool board = selection_.terminal().interactive && !selection_.json();
    ExitCode code = kGood;
    bool first = true;
    do {
      log.poll([&](const std::string& run, const Event& event,
                   const TaggedValue& value) {
        if (!wants(run, event, value)) return;
        if (board)
          add_to_board(run, event, value);
        else if (!first)
          print_line(streams.out, run, event, value);
      });
      for (const SkippedRegion& region : log.take_skipped()) {
        code = kProblemsFound;
        if (!board)
          streams.err << "tblog: warning: " << printable(region.file) << ": "
                      << printable(region.reason) << '\n';
      }
      // Behind the first look at the files: what comes between is told twice
      // rather than not at all.
      if (first && !board && count_.value_or(0) > 0)
        print_ends(selection_.open(streams.err), End::kLast, *count_,
                   selection_.json(), selection_.terminal(), streams.out,
                   streams.err);
      // Each time anew: the window may have another size now.
      if (board) board_.draw(streams.out, selection_.terminal(), now_secs());
      streams.out.flush();
      first = false;
    } while (streams.out.good() && !interrupt.wait(interval_secs_));
    return code;
  }

  void add_to_board(const std::string& run, const Event& event,
                    const TaggedValue& value) {
    const auto* number = std::get_if<double>(&value.value);
    board_.add(run, value.tag, event.step, event.wall_time,
               number == nullptr ? NAN : *number, text_of(value));
  }

  void print_line(std::ostream& out, const std::string& run, const Event& event,
                  const TaggedValue& value) const {
    if (!selection_.json()) {
      out << printable(run) << "  " << printable(value.tag) << "  "
          << event.step << "  " << text_of(value) << '\n';
      return;
    }
    Json object;
    object["run"] = run;
    object["tag"] = value.tag;
    object["kind"] = std::string(value_kind_name(value.kind));
    object["step"] = event.step;
    object["wall_time"] = json_number(event.wall_time);
    if (const auto* number = std::get_if<double>(&value.value))
      object["value"] = json_number(*number);
    else if (const auto* text = std::get_if<TextValue>(&value.value);
             text != nullptr && text->texts.size() == 1)
      object["value"] = text->texts.front();
    out << json_line(object);
  }

  Selection selection_;
  std::optional<size_t> count_;
  bool follow_ = false;
  double interval_secs_ = 1;
  LiveBoard board_;
};

}  // namespace

std::unique_ptr<Command> make_tail();  // named in commands.inc
std::unique_ptr<Command> make_tail() { return std::make_unique<Tail>(); }

}  // namespace tblog::tool
