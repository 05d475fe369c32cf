// SPDX-License-Identifier: Apache-2.0
//
// tblog show: the values of series, each kind in its own way.

#include <algorithm>
#include <atomic>
#include <optional>
#include <ostream>

#include "tools/tblog/command.h"
#include "tools/tblog/describe.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/histograms_over_time.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/number.h"
#include "tools/tblog/progress.h"
#include "tools/tblog/selection.h"
#include "tools/tblog/value_files.h"
#include "tools/tblog/value_json.h"
#include "tools/tblog/value_printer.h"

namespace tblog::tool {
namespace {

constexpr int kDefaultRows = 20;
// Of a series; what a view has room for is far less.
constexpr size_t kMostHistograms = 1000;

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

// Heading, name and description. `note`: how much of it is shown.
void print_front(const Page& page, const ChosenSeries& chosen,
                 const std::string& note) {
  const Series& series = chosen.series;
  std::string what(value_kind_name(series.kind()));
  if (series.kind() == ValueKind::kOther)
    what += " (" + printable(series.metadata().plugin) + ")";
  what += ", " + format_count(chosen.indices.size(), "value") + note;
  print_heading(page, chosen.run, series.tag(), what);
  const SeriesMetadata& metadata = series.metadata();
  if (!metadata.display_name.empty() && metadata.display_name != series.tag())
    page.out << "  name: " << printable(metadata.display_name) << '\n';
  for (const std::string& line : printable_lines(metadata.description))
    page.print_dim(line);
}

void print_series(const Page& page, const ChosenSeries& chosen,
                  const std::vector<size_t>& indices) {
  const Series& series = chosen.series;
  print_front(page, chosen,
              indices.size() < chosen.indices.size()
                  ? ", the last one (--steps chooses others)"
                  : "");
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

// The chosen indices, by their steps.
std::vector<size_t> by_step(const ChosenSeries& chosen) {
  std::vector<size_t> indices = chosen.indices;
  const Column<int64_t> steps = chosen.series.steps();
  std::stable_sort(indices.begin(), indices.end(),
                   [&](size_t a, size_t b) { return steps[a] < steps[b]; });
  return indices;
}

// The chosen histograms of a series, by their steps.
HistogramsOverTime histograms_of(const ChosenSeries& chosen) {
  const std::vector<size_t> indices = by_step(chosen);
  const Column<int64_t> steps = chosen.series.steps();
  HistogramsOverTime histograms;
  histograms.title = printable(chosen.series.tag()) +
                     (chosen.run == "." ? "" : "  " + printable(chosen.run));
  for (const size_t i : evenly_chosen(indices.size(), kMostHistograms)) {
    histograms.steps.push_back(steps[indices[i]]);
    histograms.values.push_back(
        value_or_throw(chosen.series.histogram(indices[i])));
  }
  return histograms;
}

bool is_picture(const std::string& path) {
  return path.ends_with(".svg") || path.ends_with(".png");
}

std::string file_name(const std::string& run, const std::string& tag) {
  return (run == "." ? "" : run + "_") + tag;
}

class Show : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Show values: tables of scalars, texts, histograms over time, images "
        "in colour, graphs as trees.");
    app.footer(
        "Of scalars, texts, sessions and histograms all values are shown, of "
        "the other kinds the last;\n--steps chooses. Ridges are TensorBoard's "
        "page of histograms: a curve a step, the last one in\nfront. A heat "
        "map has the axes of its page of distributions: steps to the right, "
        "values upwards.\n"
        "Fields of --json: run tag kind step wall_time value; docs/json.md "
        "has those of each kind's\nvalue\n\n"
        "Examples:\n"
        "  tblog show runs --tag loss --steps 0:100\n"
        "  tblog show runs --tag conv1/weights\n"
        "  tblog show runs --tag 'conv1/*' --kind histogram --as heat\n"
        "  tblog show runs --tag conv1/weights --out weights.svg\n"
        "  tblog show runs --kind graph --kind hparams\n"
        "  tblog show runs --kind image --steps : --out images");
    selection_.declare(app);
    app.add_option("--as", view_,
                   "how histograms are shown: ridges, heat, or bars of each; "
                   "default: ridges, and bars where there is one")
        ->check(CLI::IsMember({"ridges", "heat", "bars"}))
        ->type_name("VIEW");
    app.add_option("--height", height_,
                   "rows of ridges and of a heat map (default: 20)")
        ->check(CLI::Range(6, 200))
        ->type_name("N");
    app.add_option("-o,--out", out_,
                   "write the values to files in this folder: images and "
                   "clips as they are, histograms as .svg, texts as .md, "
                   "scalars and PR curves as .csv, meshes as .obj, graphs as "
                   ".txt, embeddings as .tsv, all else as .json; or the "
                   "histograms to this .svg or .png file")
        ->type_name("PATH");
    app.add_flag("--force", force_, "replace files that exist there");
  }

  ExitCode run(Streams streams) override {
    const ChosenLogs chosen = selection_.open(streams.err);
    if (is_picture(out_)) return write_picture(chosen, streams);
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
        warn(streams.err, run, tag, error);
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
  HistogramView view() const {
    return view_ == "heat" ? HistogramView::kHeat : HistogramView::kRidges;
  }

  // Whether the series is shown over time.
  bool over_time(const ChosenSeries& chosen) const {
    return chosen.series.kind() == ValueKind::kHistogram && view_ != "bars" &&
           (chosen.indices.size() > 1 || !view_.empty());
  }

  // All histograms into one file.
  ExitCode write_picture(const ChosenLogs& chosen, Streams streams) const {
    ExitCode code = chosen.exit_code;
    std::vector<HistogramsOverTime> all;
    std::atomic<uint64_t> read = 0;
    std::optional<Progress> progress(
        counting_progress("reading histograms", chosen.series.size(), &read));
    for (const ChosenSeries& series : chosen.series) {
      ++read;
      if (series.series.kind() != ValueKind::kHistogram) continue;
      try {
        all.push_back(histograms_of(series));
      } catch (const UnreadableValue& error) {
        code = kProblemsFound;
        progress->make_room();
        warn(streams.err, series.run, series.series.tag(), error);
      }
    }
    progress.reset();
    if (all.empty())
      throw Failure(kUsage,
                    "show --out " + printable(out_) +
                        ": there are no histograms; `tblog plot --out` draws "
                        "scalars, and a folder takes all kinds");
    write_file(out_,
               out_.ends_with(".png") ? png_document(all, view())
                                      : svg_document(all, view()),
               force_ ? Existing::kReplace : Existing::kKeep);
    streams.out << "wrote " << printable(out_) << '\n';
    return code;
  }

  static void warn(std::ostream& err, const std::string& run,
                   const std::string& tag, const UnreadableValue& error) {
    err << "tblog: warning: " << printable(run) << " " << printable(tag) << ": "
        << printable(error.what()) << '\n';
  }

  void show_over_time(std::ostream& out, const ChosenSeries& chosen) const {
    const HistogramsOverTime histograms = histograms_of(chosen);
    const Terminal terminal = selection_.terminal();
    const Page page = {out, terminal, false};
    const size_t shown = histograms.steps.size();
    print_front(page, chosen,
                shown < chosen.indices.size()
                    ? ", " + std::to_string(shown) + " of them"
                    : "");
    if (view() == HistogramView::kHeat)
      print_heat_map(out, terminal, histograms, height_);
    else
      print_ridges(out, terminal, histograms, height_);
    page.print_dim("step " + std::to_string(histograms.steps.back()) + ": " +
                   describe(chosen.series, by_step(chosen).back()));
  }

  void show_series(std::ostream& out, const ChosenSeries& chosen) {
    const bool histogram = over_time(chosen);
    if (histogram && folder_) {
      const FileSink sink = {*folder_, out};
      sink.write(file_name(chosen.run, chosen.series.tag()), "svg",
                 svg_document({histograms_of(chosen)}, view()));
    } else if (histogram && !selection_.json()) {
      return show_over_time(out, chosen);
    }
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
  std::string view_;
  int height_ = kDefaultRows;
  std::string out_;
  bool force_ = false;
  std::optional<OutputFolder> folder_;
};

}  // namespace

std::unique_ptr<Command> make_show();  // named in commands.inc
std::unique_ptr<Command> make_show() { return std::make_unique<Show>(); }

}  // namespace tblog::tool
