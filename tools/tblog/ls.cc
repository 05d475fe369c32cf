// SPDX-License-Identifier: Apache-2.0
//
// tblog ls: runs and their series, a line each.

#include <algorithm>
#include <chrono>
#include <optional>
#include <ostream>

#include "tools/tblog/bars.h"
#include "tools/tblog/command.h"
#include "tools/tblog/describe.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/number.h"
#include "tools/tblog/scalar_chart.h"
#include "tools/tblog/selection.h"
#include "tools/tblog/table.h"
#include "tools/tblog/value_json.h"

namespace tblog::tool {
namespace {

constexpr size_t kTrendColumns = 12;

using Clock = std::chrono::steady_clock;
// How long rows are kept back, so that columns fit all of them.
constexpr std::chrono::milliseconds kPatience{500};
constexpr size_t kRowsAtOnce = 10'000;

class Ls : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "List runs and their series: kind, count, steps, last "
        "value.");
    app.footer(
        "Fields of --json: run tag kind count first_step last_step wall_time "
        "(of the last value)\nlast_value (scalars only); embeddings, which "
        "have no steps, have the first four\n\n"
        "Examples:\n"
        "  tblog ls runs\n"
        "  tblog ls runs/a runs/b --kind scalar\n"
        "  tblog ls runs --json | jq -r .tag");
    selection_.declare(app);
  }

  ExitCode run(Streams streams) override {
    const Clock::time_point begin = Clock::now();
    const Terminal terminal = selection_.terminal();
    Table table = empty_table();
    bool any = false;
    ExitCode code = kGood;
    const ExitCode damage =
        selection_.for_each_run(streams.err, [&](const ChosenLogs& chosen) {
          any = any || !chosen.series.empty() || !chosen.embeddings.empty();
          if (selection_.json()) {
            for (const ChosenSeries& series : chosen.series)
              streams.out << json_line(describe_json(series));
            for (const ChosenEmbedding& embedding : chosen.embeddings)
              streams.out << json_line(describe_json(embedding));
            return;
          }
          for (const ChosenSeries& series : chosen.series) {
            add_row(series, terminal, streams, code, table);
            if (table.rows() >= kRowsAtOnce)
              table.print_some(streams.out, terminal);
          }
          for (const ChosenEmbedding& embedding : chosen.embeddings)
            add_row(embedding, terminal, streams, code, table);
          // Nobody waits for the last run to see the first.
          if (table.rows() > 0 && Clock::now() - begin > kPatience) {
            table.print_some(streams.out, terminal);
            streams.out.flush();
          }
        });
    if (!any && !selection_.json())
      streams.out << "no values yet: the event files hold none\n";
    if (table.rows() > 0) table.print_some(streams.out, terminal);
    return std::max(code, damage);
  }

 private:
  // Where points were left out, --steps has chosen from all.
  static uint64_t count_of(const ChosenSeries& chosen) {
    return chosen.indices.size() == chosen.series.size()
               ? chosen.series.count()
               : chosen.indices.size();
  }

  static Json describe_json(const ChosenSeries& chosen) {
    const Series& series = chosen.series;
    Json object;
    object["run"] = chosen.run;
    object["tag"] = series.tag();
    object["kind"] = std::string(value_kind_name(series.kind()));
    object["count"] = count_of(chosen);
    object["first_step"] = series.steps()[chosen.indices.front()];
    object["last_step"] = series.steps()[chosen.indices.back()];
    object["wall_time"] =
        json_number(series.wall_times()[chosen.indices.back()]);
    if (series.kind() == ValueKind::kScalar)
      object["last_value"] =
          json_number(series.values()[chosen.indices.back()]);
    return object;
  }

  static Json describe_json(const ChosenEmbedding& chosen) {
    return {{"run", chosen.run},
            {"tag", chosen.files.name},
            {"kind", std::string(value_kind_name(ValueKind::kEmbedding))},
            {"count", 1}};
  }

  // What `describe_it` gives; where that cannot be read, `code` and stderr say
  // so.
  template <class F>
  static std::string described(const std::string& run, const std::string& tag,
                               F&& describe_it, Streams streams,
                               ExitCode& code) {
    try {
      return describe_it();
    } catch (const UnreadableValue& error) {
      code = kProblemsFound;
      streams.err << "tblog: warning: " << printable(run) << " "
                  << printable(tag) << ": " << printable(error.what()) << '\n';
      return "(cannot be read)";
    }
  }

  static Table empty_table() {
    return Table(
        {{.title = "RUN", .shorten = Shorten::kMiddle, .style = Style::kCyan},
         {.title = "TAG", .shorten = Shorten::kMiddle},
         {.title = "KIND", .style = Style::kDim, .expendable = 2},
         {.title = "COUNT", .align = Align::kRight, .expendable = 1},
         {.title = "FIRST", .align = Align::kRight, .expendable = 3},
         {.title = "LAST", .align = Align::kRight},
         {.title = "VALUE", .shorten = Shorten::kEnd},
         {.title = "TREND", .style = Style::kYellow, .expendable = 4}});
  }

  // A person reads a run's name once; grep wants it in each line.
  std::string run_cell(const std::string& run, const Terminal& terminal) {
    const bool same = terminal.interactive && run == before_;
    before_ = run;
    return same ? "" : printable(run);
  }

  void add_row(const ChosenSeries& chosen, const Terminal& terminal,
               Streams streams, ExitCode& code, Table& table) {
    const Series& series = chosen.series;
    const std::vector<size_t>& indices = chosen.indices;
    const std::string value = described(
        chosen.run, series.tag(),
        [&] { return describe(series, indices.back()); }, streams, code);
    table.add(
        {run_cell(chosen.run, terminal), printable(series.tag()),
         std::string(value_kind_name(series.kind())),
         std::to_string(count_of(chosen)),
         std::to_string(series.steps()[indices.front()]),
         std::to_string(series.steps()[indices.back()]), value,
         series.kind() == ValueKind::kScalar
             ? sparkline(chosen_values(chosen), kTrendColumns, terminal.ascii)
             : ""});
  }

  void add_row(const ChosenEmbedding& embedding, const Terminal& terminal,
               Streams streams, ExitCode& code, Table& table) {
    const std::string value = described(
        embedding.run, embedding.files.name,
        [&] { return describe(embedding.files); }, streams, code);
    table.add({run_cell(embedding.run, terminal),
               printable(embedding.files.name),
               std::string(value_kind_name(ValueKind::kEmbedding)), "1", "", "",
               value, ""});
  }

  std::optional<std::string> before_;  // the run of the row before
  Selection selection_;
};

}  // namespace

std::unique_ptr<Command> make_ls();  // named in commands.inc
std::unique_ptr<Command> make_ls() { return std::make_unique<Ls>(); }

}  // namespace tblog::tool
