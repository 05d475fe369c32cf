// SPDX-License-Identifier: Apache-2.0
//
// tblog export: every value of the chosen series, for other programs.

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <ostream>

#include "tools/tblog/command.h"
#include "tools/tblog/csv.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/export_npz.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/number.h"
#include "tools/tblog/output_file.h"
#include "tools/tblog/progress.h"
#include "tools/tblog/scalar_chart.h"
#include "tools/tblog/selection.h"
#include "tools/tblog/value_files.h"
#include "tools/tblog/value_json.h"

namespace tblog::tool {
namespace {

std::string extension_of(const std::string& path) {
  const size_t dot = path.rfind('.');
  return dot == std::string::npos ? "" : path.substr(dot + 1);
}

bool is_format(const std::string& name) {
  return name == "csv" || name == "jsonl" || name == "npz" || name == "png" ||
         name == "wav" || name == "svg";
}

// Files of the values that they hold, a folder of them.
bool is_folder_format(const std::string& format) {
  return format == "png" || format == "wav" || format == "svg";
}

std::string joined_name(const std::string& run, const std::string& tag,
                        char separator) {
  return run == "." ? tag : run + separator + tag;
}

class Export : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Write every value for other programs: csv, jsonl, npz, png, wav or "
        "svg. Nothing is sampled.");
    app.footer(
        "csv    run,tag,step,wall_time,value of scalars (with --kind text, of "
        "texts). A run or\n"
        "       tag that a spreadsheet would take for a formula gets an "
        "apostrophe before it.\n"
        "jsonl  an object a line, the fields of `tblog show --json`; images "
        "and clips as base64\n"
        "npz    arrays RUN/TAG/step, RUN/TAG/wall_time, RUN/TAG/value of "
        "scalars, histograms,\n"
        "       tensors and PR curves, for numpy.load()\n"
        "png    images, a file each; wav: clips; svg: a chart of scalars a "
        "tag\n\n"
        "Examples:\n"
        "  tblog export runs >scalars.csv\n"
        "  tblog export runs --tag 'loss*' -o loss.npz\n"
        "  tblog export runs --format png --tag 'samples/*' -o pictures\n"
        "  tblog export runs --format jsonl | jq -r .value");
    selection_.declare(app, JsonOption::kNone);
    app.add_option("-f,--format", format_,
                   "csv, jsonl, npz, png, wav or svg (default: as the name of "
                   "--out says, else csv)")
        ->check(CLI::IsMember({"csv", "jsonl", "npz", "png", "wav", "svg"}))
        ->type_name("FORMAT");
    app.add_option("-o,--out", out_,
                   "the file, or for png, wav and svg the folder, to write "
                   "to; csv and jsonl go to standard output without it")
        ->type_name("PATH");
    app.add_flag("--force", force_, "replace files that exist");
  }

  ExitCode run(Streams streams) override {
    choose_format();
    const ChosenLogs chosen = selection_.open(streams.err);
    code_ = chosen.exit_code;
    written_ = 0;
    left_out_.clear();
    uint64_t values = 0;
    for (const ChosenSeries& series : chosen.series)
      values += series.indices.size();
    // Only where nothing else goes to the terminal.
    if (!is_folder_format(format_) && !out_.empty() && out_ != "-")
      progress_.emplace(counting_progress("writing values", values, &written_));
    if (is_folder_format(format_))
      write_folder(chosen, streams);
    else if (out_.empty() || out_ == "-")
      write_text(chosen, streams.out, streams.err);
    else
      write_to_file(chosen, streams);
    progress_.reset();
    tell_left_out(streams.err);
    if (written_ == 0)
      streams.err << "tblog: warning: no values that " << format_
                  << " can hold\n";
    return code_;
  }

 private:
  void choose_format() {
    if (format_.empty()) {
      const std::string extension = extension_of(out_);
      if (is_folder_format(extension))
        throw Failure(
            kUsage,
            "--format " + extension + " writes a file for each " +
                (extension == "svg" ? "tag" : "value") +
                ": give it, and a folder with -o DIR" +
                (extension == "wav" ? ""
                                    : "; `tblog plot -o FILE` draws charts "
                                      "into one file"));
      format_ = is_format(extension) ? extension : "csv";
    }
    if (!out_.empty() && out_ != "-") return;
    if (format_ == "npz")
      throw Failure(kUsage, "npz goes to a file: give -o FILE.npz");
    if (is_folder_format(format_))
      throw Failure(kUsage, format_ + " goes to a folder: give -o DIR");
  }

  Existing existing() const {
    return force_ ? Existing::kReplace : Existing::kKeep;
  }

  // Runs `write` of that series; what cannot be read is told and passed over.
  template <class F>
  void guarded(std::ostream& err, const std::string& run,
               const std::string& tag, F&& write) {
    try {
      write();
    } catch (const UnreadableValue& error) {
      code_ = kProblemsFound;
      if (progress_) progress_->make_room();
      err << "tblog: warning: " << printable(run) << " " << printable(tag)
          << ": " << printable(error.what()) << '\n';
    }
  }

  void tell_left_out(std::ostream& err) const {
    std::string list;
    for (const auto& [kind, count] : left_out_)
      list += (list.empty() ? "" : ", ") + std::to_string(count) + " " + kind;
    if (!list.empty())
      err << "tblog: " << format_
          << " does not hold these series, left out: " << list << '\n';
  }

  void write_to_file(const ChosenLogs& chosen, Streams streams) {
    OutputFile file(out_, existing());
    if (format_ == "npz")
      write_npz(chosen, file, streams.err);
    else
      write_text(chosen, file.stream(), streams.err);
    file.commit();
    streams.out << "wrote " << printable(out_) << ": "
                << format_count(written_, "value") << '\n';
  }

  // ---- csv and jsonl ----

  // A field of csv, which may go to a terminal.
  std::string text_field(const std::string& text) const {
    const bool shown =
        (out_.empty() || out_ == "-") && selection_.terminal().interactive;
    return shown ? shown_csv_text(text) : csv_text(text);
  }

  void write_text(const ChosenLogs& chosen, std::ostream& out,
                  std::ostream& err) {
    if (format_ == "csv") out << "run,tag,step,wall_time,value\n";
    for (const ChosenSeries& series : chosen.series) {
      if (!out.good()) return;  // the reader of our output went away
      guarded(err, series.run, series.series.tag(), [&] {
        if (format_ == "csv")
          write_csv(out, series);
        else
          write_json_lines(out, series);
      });
    }
    for (const ChosenEmbedding& embedding : chosen.embeddings)
      write_embedding_line(out, err, embedding);
  }

  void write_csv(std::ostream& out, const ChosenSeries& chosen) {
    const Series& series = chosen.series;
    const bool texts = series.kind() == ValueKind::kText &&
                       selection_.names_kind(ValueKind::kText);
    if (series.kind() != ValueKind::kScalar && !texts) {
      ++left_out_[std::string(value_kind_name(series.kind()))];
      return;
    }
    const std::string names =
        text_field(chosen.run) + "," + text_field(series.tag()) + ",";
    for (const size_t index : chosen.indices) {
      const std::string front = names + std::to_string(series.steps()[index]) +
                                "," + csv_number(series.wall_times()[index]) +
                                ",";
      if (!texts) {
        out << front << csv_number(series.values()[index]) << '\n';
        ++written_;
        continue;
      }
      for (const std::string& text : value_or_throw(series.text(index)).texts) {
        out << front << text_field(text) << '\n';
        ++written_;
      }
    }
  }

  void write_json_lines(std::ostream& out, const ChosenSeries& chosen) {
    for (const size_t index : chosen.indices) {
      if (!out.good()) return;
      out << json_line(
          json_point(chosen.run, chosen.series, index, Blobs::kBase64));
      ++written_;
    }
  }

  void write_embedding_line(std::ostream& out, std::ostream& err,
                            const ChosenEmbedding& embedding) {
    const std::string kind(value_kind_name(ValueKind::kEmbedding));
    if (format_ != "jsonl") {
      ++left_out_[kind];
      return;
    }
    guarded(err, embedding.run, embedding.files.name, [&] {
      out << json_line({{"run", embedding.run},
                        {"tag", embedding.files.name},
                        {"kind", kind},
                        {"value", json_embedding(embedding.files)}});
      ++written_;
    });
  }

  // ---- npz ----

  void write_npz(const ChosenLogs& chosen, OutputFile& file,
                 std::ostream& err) {
    NpzFile npz(file);
    for (const ChosenSeries& series : chosen.series) {
      const ValueKind kind = series.series.kind();
      guarded(err, series.run, series.series.tag(), [&] {
        if (is_array_kind(kind) &&
            write_arrays(npz, joined_name(series.run, series.series.tag(), '/'),
                         series.series, series.indices))
          written_ += series.indices.size();
        else
          ++left_out_[std::string(value_kind_name(kind))];
      });
    }
    for (size_t i = 0; i < chosen.embeddings.size(); ++i)
      ++left_out_[std::string(value_kind_name(ValueKind::kEmbedding))];
    npz.finish();
  }

  // ---- png, wav and svg ----

  void write_folder(const ChosenLogs& chosen, Streams streams) {
    const ValueKind wanted = format_ == "svg"   ? ValueKind::kScalar
                             : format_ == "png" ? ValueKind::kImage
                                                : ValueKind::kAudio;
    if (std::none_of(chosen.series.begin(), chosen.series.end(),
                     [&](const ChosenSeries& series) {
                       return series.series.kind() == wanted;
                     }))
      throw Failure(kUsage, "no " + std::string(value_kind_name(wanted)) +
                                " series, of which --format " + format_ +
                                " makes files; `tblog ls` shows what there is");
    OutputFolder folder(out_, existing());
    const FileSink sink = {folder, streams.out};
    if (format_ == "svg") {
      for (const auto& [tag, series] : scalars_by_tag(chosen.series)) {
        sink.write(tag, "svg", svg_document({scalar_chart(tag, series, {})}));
        ++written_;
      }
      return;
    }
    for (const ChosenSeries& series : chosen.series) {
      if (series.series.kind() != wanted) continue;
      guarded(streams.err, series.run, series.series.tag(), [&] {
        write_values(sink, joined_name(series.run, series.series.tag(), '_'),
                     series.series, series.indices, nullptr);
        written_ += series.indices.size();
      });
    }
  }

  Selection selection_;
  std::string format_;
  std::string out_;
  bool force_ = false;

  ExitCode code_ = kGood;
  std::atomic<uint64_t> written_ = 0;
  std::map<std::string, size_t> left_out_;  // series by kind
  std::optional<Progress> progress_;
};

}  // namespace

std::unique_ptr<Command> make_export();  // named in commands.inc
std::unique_ptr<Command> make_export() { return std::make_unique<Export>(); }

}  // namespace tblog::tool
