// SPDX-License-Identifier: Apache-2.0
//
// tblog hparams: sessions of a search as a table.

#include <algorithm>
#include <cmath>
#include <ostream>

#include "tools/tblog/command.h"
#include "tools/tblog/csv.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/nearest.h"
#include "tools/tblog/number.h"
#include "tools/tblog/selection.h"
#include "tools/tblog/session_table.h"
#include "tools/tblog/table.h"

namespace tblog::tool {
namespace {

using Datum = HParamsValue::Datum;

// A column of the table: what it is called, and what a session has in it.
struct Field {
  std::string name;    // "lr", "loss final"
  std::string hparam;  // empty: it is a metric's
  std::string metric;
  std::string statistic;  // final, best, mean, min, max
};

std::optional<double> statistic_of(const MetricSummary& summary,
                                   const std::string& metric,
                                   const std::string& statistic) {
  if (statistic == "final") return summary.last;
  if (statistic == "mean") return summary.mean;
  if (statistic == "max" || (statistic == "best" && more_is_better(metric)))
    return summary.max;
  return summary.min;
}

Datum datum_of(const Session& session, const Field& field) {
  if (!field.hparam.empty()) {
    const auto found = session.hparams.find(field.hparam);
    return found == session.hparams.end() ? Datum() : found->second;
  }
  const auto found = session.metrics.find(field.metric);
  if (found == session.metrics.end()) return {};
  const auto value = statistic_of(found->second, field.metric, field.statistic);
  return value ? Datum(*value) : Datum();
}

std::string text_of(const Datum& datum) {
  if (const auto* number = std::get_if<double>(&datum))
    return format_value(*number);
  if (const auto* flag = std::get_if<bool>(&datum))
    return *flag ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&datum))
    return printable(*text);
  return "";
}

// `field_of`: makes a field of a text.
std::string csv_of(const Datum& datum,
                   std::string (*field_of)(std::string_view)) {
  if (const auto* number = std::get_if<double>(&datum))
    return csv_number(*number);
  if (const auto* text = std::get_if<std::string>(&datum))
    return field_of(*text);
  return text_of(datum);
}

Json json_of(const Datum& datum) {
  if (const auto* number = std::get_if<double>(&datum))
    return json_number(*number);
  if (const auto* flag = std::get_if<bool>(&datum)) return *flag;
  if (const auto* text = std::get_if<std::string>(&datum)) return *text;
  return nullptr;
}

// Numbers before texts, what is not there last.
bool less(const Datum& a, const Datum& b) {
  const auto rank = [](const Datum& datum) {
    if (const auto* number = std::get_if<double>(&datum))
      return std::isnan(*number) ? 3 : 0;
    return std::holds_alternative<bool>(datum)          ? 1
           : std::holds_alternative<std::string>(datum) ? 2
                                                        : 4;
  };
  if (rank(a) != rank(b)) return rank(a) < rank(b);
  return rank(a) < 3 && a < b;
}

class HParams : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Show the sessions of a search: hyperparameters, and the last and best "
        "values of metrics.");
    app.footer(
        "The metrics are those that the experiment names, or all; the ones of "
        "a run below the\nsession have its name before them. The best value is "
        "the largest of accuracies, scores and\nthe like (by the words in the "
        "tag), the smallest of all else.\n"
        "Fields of --json: run status hparams (an object) metrics (an object: "
        "final best mean min\nmax count last_step of each)\n\n"
        "Examples:\n"
        "  tblog hparams runs\n"
        "  tblog hparams runs --metric 'val/*' --show best --sort 'val/acc' "
        "--reverse\n"
        "  tblog hparams runs --csv >search.csv");
    selection_.declare(app);
    app.add_option("--metric", metrics_,
                   "only metrics that match, e.g. 'val/*'; may be given again "
                   "for more")
        ->type_name("GLOB")
        ->take_all()
        ->allow_extra_args(false);
    app.add_option("--show", statistics_,
                   "final, best, mean, min or max of each metric; may be given "
                   "again (default: final and best)")
        ->check(CLI::IsMember({"final", "best", "mean", "min", "max"}))
        ->type_name("WHAT")
        ->take_all()
        ->allow_extra_args(false);
    app.add_option("--sort", sort_,
                   "by a hyperparameter or a metric (its first value shown)")
        ->type_name("NAME");
    app.add_flag("--reverse", reverse_, "the largest first");
    app.add_flag("--csv", csv_, "as CSV, every digit");
  }

  ExitCode run(Streams streams) override {
    if (statistics_.empty()) statistics_ = {"final", "best"};
    const ChosenLogs chosen = selection_.open(streams.err);
    bool all_read = true;
    SessionTable table = session_table(chosen, metrics_, streams.err, all_read);
    if (table.sessions.empty())
      throw Failure(kUsage,
                    "no run has hyperparameters (SummaryWriter::hparams); "
                    "`tblog ls` shows what there is");
    const std::vector<Field> fields = fields_of(table);
    sort(table, fields);
    if (selection_.json())
      print_json(streams.out, table);
    else if (csv_)
      print_csv(streams.out, table, fields);
    else
      print_table(streams.out, table, fields);
    return all_read ? chosen.exit_code : kProblemsFound;
  }

 private:
  std::vector<Field> fields_of(const SessionTable& table) const {
    std::vector<Field> fields;
    for (const std::string& name : table.hparams)
      fields.push_back({name, name, "", ""});
    for (const std::string& name : table.metrics) {
      for (const std::string& statistic : statistics_)
        fields.push_back({name + " " + statistic, "", name, statistic});
    }
    return fields;
  }

  void sort(SessionTable& table, const std::vector<Field>& fields) const {
    if (sort_.empty()) {
      if (reverse_) std::reverse(table.sessions.begin(), table.sessions.end());
      return;
    }
    const auto field =
        std::find_if(fields.begin(), fields.end(), [&](const Field& one) {
          return one.name == sort_ || one.metric == sort_;
        });
    if (field == fields.end()) {
      std::vector<std::string> names = table.hparams;
      names.insert(names.end(), table.metrics.begin(), table.metrics.end());
      throw Failure(kUsage, "--sort " + printable(sort_) +
                                ": no such hyperparameter or metric; the "
                                "nearest: " +
                                printable(nearest(sort_, names, 1).front()));
    }
    std::stable_sort(table.sessions.begin(), table.sessions.end(),
                     [&](const Session& a, const Session& b) {
                       const Datum x = datum_of(a, *field);
                       const Datum y = datum_of(b, *field);
                       return reverse_ ? less(y, x) : less(x, y);
                     });
  }

  // Whether it is a hyperparameter that tells no session from another.
  static bool is_constant(const SessionTable& table, const Field& field) {
    if (field.hparam.empty() || table.sessions.size() < 2) return false;
    const std::string first = text_of(datum_of(table.sessions.front(), field));
    return std::all_of(table.sessions.begin(), table.sessions.end(),
                       [&](const Session& session) {
                         return text_of(datum_of(session, field)) == first;
                       });
  }

  void print_table(std::ostream& out, const SessionTable& table,
                   const std::vector<Field>& fields) const {
    std::vector<Column> columns = {{.title = "RUN",
                                    .shorten = Shorten::kMiddle,
                                    .style = Style::kCyan,
                                    .unhurt = 12}};
    // Where there is no room for all, what is the same in every session goes
    // first, then the last metrics.
    const int count = static_cast<int>(fields.size());
    for (int i = 0; i < count; ++i) {
      const Field& field = fields[static_cast<size_t>(i)];
      columns.push_back(
          {.title = printable(field.name),
           .align = Align::kRight,
           .shorten = field.hparam.empty() ? Shorten::kNever : Shorten::kEnd,
           .expendable = is_constant(table, field) ? count + i : i});
    }
    columns.push_back(
        {.title = "STATUS", .style = Style::kDim, .expendable = 2 * count + 1});
    Table printed(columns);
    for (const Session& session : table.sessions) {
      std::vector<std::string> cells = {printable(session.run)};
      for (const Field& field : fields)
        cells.push_back(text_of(datum_of(session, field)));
      cells.push_back(session.status);
      printed.add(std::move(cells));
    }
    const size_t left_out = printed.print(out, selection_.terminal());
    if (left_out > 0)
      out << styled(selection_.terminal(), Style::kDim,
                    format_count(left_out, "column") +
                        " left out; --metric, --show and --csv choose")
          << '\n';
  }

  void print_csv(std::ostream& out, const SessionTable& table,
                 const std::vector<Field>& fields) const {
    const auto field_of =
        selection_.terminal().interactive ? shown_csv_text : csv_text;
    out << "run,status";
    for (const Field& field : fields) out << ',' << field_of(field.name);
    out << '\n';
    for (const Session& session : table.sessions) {
      out << field_of(session.run) << ',' << session.status;
      for (const Field& field : fields)
        out << ',' << csv_of(datum_of(session, field), field_of);
      out << '\n';
    }
  }

  static void print_json(std::ostream& out, const SessionTable& table) {
    for (const Session& session : table.sessions) {
      Json hparams = Json::object();
      for (const auto& [name, datum] : session.hparams)
        hparams[name] = json_of(datum);
      Json metrics = Json::object();
      for (const auto& [name, summary] : session.metrics) {
        Json& metric = metrics[name];
        for (const char* statistic : {"final", "best", "mean", "min", "max"}) {
          const auto value = statistic_of(summary, name, statistic);
          metric[statistic] = value ? json_number(*value) : Json(nullptr);
        }
        metric["count"] = summary.count;
        metric["last_step"] = summary.last_step;
      }
      out << json_line({{"run", session.run},
                        {"status", session.status},
                        {"hparams", hparams},
                        {"metrics", metrics}});
    }
  }

  Selection selection_;
  std::vector<std::string> metrics_;
  std::vector<std::string> statistics_;
  std::string sort_;
  bool reverse_ = false;
  bool csv_ = false;
};

}  // namespace

std::unique_ptr<Command> make_hparams();  // named in commands.inc
std::unique_ptr<Command> make_hparams() { return std::make_unique<HParams>(); }

}  // namespace tblog::tool
