// SPDX-License-Identifier: Apache-2.0
//
// tblog show: the values of series, each kind in its own way.

#include <optional>
#include <ostream>

#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/number.h"
#include "tools/tblog/selection.h"
#include "tools/tblog/value_files.h"
#include "tools/tblog/value_json.h"
#include "tools/tblog/value_printer.h"

namespace tblog::tool {
namespace {

// All values of these, the last one of what is large.
bool shows_all(ValueKind kind) {
  return kind == ValueKind::kScalar || kind == ValueKind::kText ||
         kind == ValueKind::kSession;
}

// Name, what it is, and how much of it is shown, of a series or an embedding.
void print_heading(const Page& page, const std::string& run,
                   const std::string& tag, const std::string& what) {
  page.out << styled(page.terminal, Style::kCyan, printable(run)) << "  "
           << styled(page.terminal, Style::kBold, printable(tag)) << "  "
           << what << '\n';
}

void print_series(const Page& page, const ChosenSeries& chosen,
                  const std::vector<size_t>& indices) {
  const Series& series = chosen.series;
  std::string what(value_kind_name(series.kind()));
  if (series.kind() == ValueKind::kOther)
    what += " (" + printable(series.metadata().plugin) + ")";
  what += ", " + format_count(chosen.indices.size(), "value");
  if (indices.size() < chosen.indices.size())
    what += ", the last one (--steps chooses others)";
  print_heading(page, chosen.run, series.tag(), what);
  const SeriesMetadata& metadata = series.metadata();
  if (!metadata.display_name.empty() && metadata.display_name != series.tag())
    page.out << "  name: " << printable(metadata.display_name) << '\n';
  for (const std::string& line : printable_lines(metadata.description))
    page.print_dim(line);
  if (series.kind() == ValueKind::kScalar)
    return print_scalars(page, series, indices);
  if (series.kind() == ValueKind::kSession)
    return print_sessions(page, series, indices);
  for (const size_t index : indices) {
    page.print_dim("step " + std::to_string(series.steps()[index]) + ", " +
                   format_wall_time(series.wall_times()[index]));
    print_value(page, series, index, chosen.mesh ? &*chosen.mesh : nullptr);
  }
}

void print_json(std::ostream& out, const ChosenSeries& chosen,
                const std::vector<size_t>& indices) {
  const Series& series = chosen.series;
  for (const size_t index : indices)
    out << json_line(json_point(chosen.run, series, index));
}

// An embedding has neither a step nor a time.
void print_json(std::ostream& out, const ChosenEmbedding& chosen) {
  Json object;
  object["run"] = chosen.run;
  object["tag"] = chosen.files.name;
  object["kind"] = std::string(value_kind_name(ValueKind::kEmbedding));
  object["value"] = json_embedding(chosen.files);
  out << json_line(object);
}

std::string file_name(const std::string& run, const std::string& tag) {
  return (run == "." ? "" : run + "_") + tag;
}

class Show : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Show values: tables of scalars, texts, histograms as "
        "bars, images in colour, graphs as trees.");
    app.footer(
        "Of scalars, texts and sessions all values are shown, of the other "
        "kinds the last; --steps\nchooses.\n"
        "Fields of --json: run tag kind step wall_time value; docs/json.md "
        "has those of each kind's\nvalue\n\n"
        "Examples:\n"
        "  tblog show runs --tag loss --steps 0:100\n"
        "  tblog show runs --tag conv1/weights\n"
        "  tblog show runs --kind graph --kind hparams\n"
        "  tblog show runs --kind image --steps : --out images");
    selection_.declare(app);
    app.add_option("-o,--out", out_,
                   "write the values to files in this folder: images and "
                   "clips as they are, texts as .md, scalars and PR curves "
                   "as .csv, meshes as .obj, graphs as .txt, embeddings as "
                   ".tsv, all else as .json")
        ->type_name("DIR");
    app.add_flag("--force", force_, "replace files that exist there");
  }

  ExitCode run(Streams streams) override {
    const ChosenLogs chosen = selection_.open(streams.err);
    ExitCode code = chosen.exit_code;
    if (!out_.empty())
      folder_.emplace(out_, force_ ? Existing::kReplace : Existing::kKeep);
    bool first = true;
    const auto show_one = [&](const std::string& run, const std::string& tag,
                              auto&& show) {
      if (!streams.out.good()) return;  // the reader of our output went away
      if (!first && !folder_ && !selection_.json()) streams.out << '\n';
      first = false;
      try {
        show();
      } catch (const UnreadableValue& error) {
        code = kProblemsFound;
        streams.err << "tblog: warning: " << printable(run) << " "
                    << printable(tag) << ": " << printable(error.what())
                    << '\n';
      }
    };
    for (const ChosenSeries& series : chosen.series)
      show_one(series.run, series.series.tag(),
               [&] { show_series(streams.out, series); });
    for (const ChosenEmbedding& embedding : chosen.embeddings)
      show_one(embedding.run, embedding.files.name,
               [&] { show_embedding(streams.out, embedding); });
    if (first && !selection_.json())
      streams.out << "no values yet: the event files hold none\n";
    return code;
  }

 private:
  void show_series(std::ostream& out, const ChosenSeries& chosen) {
    const bool all = selection_.has_steps() || shows_all(chosen.series.kind());
    const std::vector<size_t> indices =
        all ? chosen.indices : std::vector<size_t>{chosen.indices.back()};
    if (folder_)
      return write_values(
          {*folder_, out}, file_name(chosen.run, chosen.series.tag()),
          chosen.series, indices, chosen.mesh ? &*chosen.mesh : nullptr);
    if (selection_.json()) return print_json(out, chosen, indices);
    const Terminal terminal = selection_.terminal();
    print_series({out, terminal, selection_.has_steps()}, chosen, indices);
  }

  void show_embedding(std::ostream& out, const ChosenEmbedding& chosen) {
    if (folder_)
      return write_embedding({*folder_, out},
                             file_name(chosen.run, chosen.files.name),
                             chosen.files);
    if (selection_.json()) return print_json(out, chosen);
    const Terminal terminal = selection_.terminal();
    const Page page = {out, terminal, false};
    print_heading(page, chosen.run, chosen.files.name, "embedding");
    print_embedding(page, chosen.files);
  }

  Selection selection_;
  std::string out_;
  bool force_ = false;
  std::optional<OutputFolder> folder_;
};

}  // namespace

std::unique_ptr<Command> make_show();  // named in commands.inc
std::unique_ptr<Command> make_show() { return std::make_unique<Show>(); }

}  // namespace tblog::tool
