// SPDX-License-Identifier: Apache-2.0
//
// tblog ls: runs and their series, a line each.

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
    const ChosenLogs chosen = selection_.open(streams.err);
    ExitCode code = chosen.exit_code;
    if (selection_.json()) {
      for (const ChosenSeries& series : chosen.series)
        streams.out << json_line(describe_json(series));
      for (const ChosenEmbedding& embedding : chosen.embeddings)
        streams.out << json_line(describe_json(embedding));
    } else {
      print_table(chosen, streams, code);
    }
    return code;
  }

 private:
  static Json describe_json(const ChosenSeries& chosen) {
    const Series& series = chosen.series;
    Json object;
    object["run"] = chosen.run;
    object["tag"] = series.tag();
    object["kind"] = std::string(value_kind_name(series.kind()));
    object["count"] = chosen.indices.size();
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

  void print_table(const ChosenLogs& chosen, Streams streams,
                   ExitCode& code) const {
    const Terminal terminal = selection_.terminal();
    Table table(
        {{.title = "RUN", .shorten = Shorten::kMiddle, .style = Style::kCyan},
         {.title = "TAG", .shorten = Shorten::kMiddle},
         {.title = "KIND", .style = Style::kDim, .expendable = 2},
         {.title = "COUNT", .align = Align::kRight, .expendable = 1},
         {.title = "FIRST", .align = Align::kRight, .expendable = 3},
         {.title = "LAST", .align = Align::kRight},
         {.title = "VALUE", .shorten = Shorten::kEnd},
         {.title = "TREND", .style = Style::kYellow, .expendable = 4}});
    std::optional<std::string> before;
    // A person reads a run's name once; grep wants it in each line.
    const auto run_cell = [&](const std::string& run) {
      const bool same = terminal.interactive && run == before;
      before = run;
      return same ? "" : printable(run);
    };
    for (const ChosenSeries& chosen_one : chosen.series) {
      const Series& series = chosen_one.series;
      const std::vector<size_t>& indices = chosen_one.indices;
      const std::string value = described(
          chosen_one.run, series.tag(),
          [&] { return describe(series, indices.back()); }, streams, code);
      table.add({run_cell(chosen_one.run), printable(series.tag()),
                 std::string(value_kind_name(series.kind())),
                 std::to_string(indices.size()),
                 std::to_string(series.steps()[indices.front()]),
                 std::to_string(series.steps()[indices.back()]), value,
                 series.kind() == ValueKind::kScalar
                     ? sparkline(chosen_values(chosen_one), kTrendColumns,
                                 terminal.ascii)
                     : ""});
    }
    for (const ChosenEmbedding& embedding : chosen.embeddings) {
      const std::string value = described(
          embedding.run, embedding.files.name,
          [&] { return describe(embedding.files); }, streams, code);
      table.add({run_cell(embedding.run), printable(embedding.files.name),
                 std::string(value_kind_name(ValueKind::kEmbedding)), "1", "",
                 "", value, ""});
    }
    if (chosen.series.empty() && chosen.embeddings.empty())
      streams.out << "no values yet: the event files hold none\n";
    else
      table.print(streams.out, terminal);
  }

  Selection selection_;
};

}  // namespace

std::unique_ptr<Command> make_ls();  // named in commands.inc
std::unique_ptr<Command> make_ls() { return std::make_unique<Ls>(); }

}  // namespace tblog::tool
