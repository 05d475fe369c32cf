// SPDX-License-Identifier: Apache-2.0
//
// tblog show: the values of series, each kind in its own way.

#include <algorithm>
#include <cmath>
#include <optional>
#include <ostream>

#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/number.h"
#include "tools/tblog/output_folder.h"
#include "tools/tblog/picture.h"
#include "tools/tblog/selection.h"
#include "tools/tblog/table.h"

namespace tblog::tool {
namespace {

constexpr size_t kTableEnds = 10;      // rows of each end of a long table
constexpr size_t kPrintedNumbers = 8;  // of a tensor, for people

// All values of scalars and texts, the last one of what is large.
bool shows_all(ValueKind kind) {
  return kind == ValueKind::kScalar || kind == ValueKind::kText;
}

std::string repeated(std::string_view text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

// `share` of `columns` in eighths of a block.
std::string bar(double share, int columns, bool ascii) {
  constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<size_t>(
      std::lround(std::clamp(share, 0.0, 1.0) * columns * 8));
  if (ascii) return std::string((eighths + 4) / 8, '#');
  return repeated("█", eighths / 8) + kEighths[eighths % 8];
}

// A value that cannot be read is a problem of the file, not the end of all.
class UnreadableValue : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <class T>
T value_or_throw(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  throw UnreadableValue(std::string(value.status().message()));
}

Json json_shape(const std::vector<int64_t>& shape) {
  Json array = Json::array();
  for (const int64_t size : shape) array.push_back(size);
  return array;
}

std::string shape_text(const std::vector<int64_t>& shape) {
  return json_shape(shape).dump();
}

Json json_histogram(const HistogramValue& value) {
  Json buckets = Json::array();
  for (const HistogramBucket& bucket : value.buckets)
    buckets.push_back({json_number(bucket.left), json_number(bucket.right),
                       json_number(bucket.count)});
  return {{"buckets", buckets}};
}

Json json_image(const ImageValue& value) {
  Json images = Json::array();
  for (const std::string& image : value.images)
    images.push_back({{"format", std::string(image_format(image))},
                      {"bytes", image.size()}});
  return {{"width", value.width}, {"height", value.height}, {"images", images}};
}

Json json_audio(const AudioValue& value) {
  Json clips = Json::array();
  for (const std::string& clip : value.clips)
    clips.push_back({{"bytes", clip.size()}});
  return {{"clips", clips}};
}

Json json_texts(const std::vector<int64_t>& shape,
                const std::vector<std::string>& texts) {
  if (shape.empty() && texts.size() == 1) return texts.front();
  return {{"shape", json_shape(shape)}, {"texts", texts}};
}

Json json_tensor(const TensorValue& value) {
  Json object;
  object["dtype"] =
      value.dtype ? std::string(dtype_name(*value.dtype)) : "string";
  object["shape"] = json_shape(value.shape);
  if (!value.dtype) {
    object["values"] = value.strings;
  } else if (const auto numbers = value.numbers(); numbers.ok()) {
    Json array = Json::array();
    for (const double number : *numbers) array.push_back(json_number(number));
    object["values"] = array;
  }
  return object;
}

Json json_value(const Series& series, size_t index) {
  switch (series.kind()) {
    case ValueKind::kScalar:
      return json_number(series.values()[index]);
    case ValueKind::kHistogram:
      return json_histogram(value_or_throw(series.histogram(index)));
    case ValueKind::kImage:
      return json_image(value_or_throw(series.image(index)));
    case ValueKind::kAudio:
      return json_audio(value_or_throw(series.audio(index)));
    case ValueKind::kText: {
      const TextValue text = value_or_throw(series.text(index));
      return json_texts(text.shape, text.texts);
    }
    case ValueKind::kTensor:
      return json_tensor(value_or_throw(series.tensor(index)));
    default:
      break;
  }
  const auto tensor = series.tensor(index);
  if (absl::IsNotFound(tensor.status()) ||
      series.kind() == ValueKind::kSession) {
    return nullptr;
  }
  return json_tensor(value_or_throw(tensor));
}

// Prints one series after the other for people.
class SeriesPrinter {
 public:
  SeriesPrinter(std::ostream& out, const Terminal& terminal, bool whole_tables)
      : out_(out), terminal_(terminal), whole_tables_(whole_tables) {}

  void print(const ChosenSeries& chosen, const std::vector<size_t>& indices) {
    print_heading(chosen, indices);
    const Series& series = chosen.series;
    if (series.kind() == ValueKind::kScalar) {
      print_scalars(series, indices);
      return;
    }
    for (const size_t index : indices) {
      out_ << "  "
           << styled(terminal_, Style::kDim,
                     "step " + std::to_string(series.steps()[index]) + ", " +
                         format_wall_time(series.wall_times()[index]))
           << '\n';
      print_value(series, index);
    }
  }

 private:
  void print_heading(const ChosenSeries& chosen,
                     const std::vector<size_t>& indices) {
    const Series& series = chosen.series;
    out_ << styled(terminal_, Style::kCyan, printable(chosen.run)) << "  "
         << styled(terminal_, Style::kBold, printable(series.tag())) << "  "
         << value_kind_name(series.kind());
    if (series.kind() == ValueKind::kOther)
      out_ << " (" << printable(series.metadata().plugin) << ")";
    out_ << ", " << format_count(chosen.indices.size(), "value");
    if (indices.size() < chosen.indices.size())
      out_ << ", the last one (--steps chooses others)";
    out_ << '\n';
    const SeriesMetadata& metadata = series.metadata();
    if (!metadata.display_name.empty() && metadata.display_name != series.tag())
      out_ << "  name: " << printable(metadata.display_name) << '\n';
    for (const std::string& line : printable_lines(metadata.description))
      out_ << "  " << styled(terminal_, Style::kDim, line) << '\n';
  }

  void print_scalars(const Series& series, const std::vector<size_t>& indices) {
    Table table(
        {{.title = "STEP", .align = Align::kRight},
         {.title = "VALUE", .align = Align::kRight},
         {.title = "WALL TIME", .style = Style::kDim, .expendable = 1}});
    const bool cut_short =
        !whole_tables_ && indices.size() > 2 * kTableEnds + 1;
    for (size_t i = 0; i < indices.size(); ++i) {
      if (cut_short && i == kTableEnds) {
        table.add({std::string(terminal_.ellipsis()), "", ""});
        i = indices.size() - kTableEnds;
      }
      const size_t index = indices[i];
      table.add({std::to_string(series.steps()[index]),
                 format_value(series.values()[index]),
                 format_wall_time(series.wall_times()[index])});
    }
    table.print(out_, terminal_, "  ");
    if (cut_short)
      out_ << "  "
           << styled(terminal_, Style::kDim,
                     std::to_string(indices.size() - 2 * kTableEnds) +
                         " left out; all: --steps :")
           << '\n';
  }

  void print_value(const Series& series, size_t index) {
    switch (series.kind()) {
      case ValueKind::kScalar:
        return;
      case ValueKind::kHistogram:
        return print_histogram(value_or_throw(series.histogram(index)));
      case ValueKind::kImage:
        return print_images(value_or_throw(series.image(index)));
      case ValueKind::kAudio:
        return print_clips(value_or_throw(series.audio(index)));
      case ValueKind::kText: {
        const TextValue text = value_or_throw(series.text(index));
        return print_texts(text.texts);
      }
      case ValueKind::kTensor:
        return print_tensor(value_or_throw(series.tensor(index)));
      default:
        break;
    }
    const auto tensor = series.tensor(index);
    if (absl::IsNotFound(tensor.status()) ||
        series.kind() == ValueKind::kSession)
      out_ << "    no tensor, " << series.metadata().content.size()
           << " bytes for the plugin\n";
    else
      print_tensor(value_or_throw(tensor));
  }

  void print_histogram(const HistogramValue& value) {
    double most = 0;
    size_t edge_width = 0;
    size_t count_width = 0;
    const auto edge = [](double e) { return format_value(e, 4); };
    for (const HistogramBucket& bucket : value.buckets) {
      most = std::max(most, bucket.count);
      edge_width = std::max(
          {edge_width, edge(bucket.left).size(), edge(bucket.right).size()});
      count_width = std::max(count_width, format_value(bucket.count).size());
    }
    if (value.buckets.empty()) out_ << "    no values\n";
    const int columns = std::max<int>(8, terminal_.chart_width() -
                                             static_cast<int>(edge_width) -
                                             static_cast<int>(count_width) - 8);
    const std::string_view axis = terminal_.ascii ? "|" : "┤";
    for (const HistogramBucket& bucket : value.buckets) {
      const std::string left = edge(bucket.left);
      out_ << "    " << std::string(edge_width - left.size(), ' ') << left
           << ' ' << styled(terminal_, Style::kDim, axis);
      if (bucket.count > 0)
        out_ << colored(terminal_, series_color(0),
                        bar(bucket.count / most, columns, terminal_.ascii))
             << ' ' << format_value(bucket.count);
      out_ << '\n';
    }
    if (!value.buckets.empty()) {
      const std::string right = edge(value.buckets.back().right);
      out_ << "    " << std::string(edge_width - right.size(), ' ') << right
           << ' ' << styled(terminal_, Style::kDim, terminal_.ascii ? "+" : "┘")
           << '\n';
    }
  }

  void print_images(const ImageValue& value) {
    for (const std::string& image : value.images) {
      const std::string_view format = image_format(image);
      out_ << "    " << value.width << "x" << value.height << " " << format
           << ", " << format_bytes(image.size());
      if (format != "png" || !terminal_.color || terminal_.ascii) {
        out_ << '\n';
        continue;
      }
      const std::optional<Picture> picture = decode_png(image);
      out_ << (picture ? "\n" : " (cannot be decoded)\n");
      if (picture)
        print_half_blocks(out_, *picture, terminal_.chart_width() - 4, "    ");
    }
    if (value.images.empty()) out_ << "    no images\n";
  }

  void print_clips(const AudioValue& value) {
    for (const std::string& clip : value.clips)
      out_ << "    clip of " << format_bytes(clip.size()) << '\n';
    if (value.clips.empty()) out_ << "    no clips\n";
  }

  void print_texts(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      for (const std::string& line : printable_lines(text))
        out_ << (line.empty() ? "" : "    ") << line << '\n';
    }
  }

  void print_tensor(const TensorValue& value) {
    out_ << "    " << (value.dtype ? dtype_name(*value.dtype) : "string") << " "
         << shape_text(value.shape);
    if (!value.dtype) {
      out_ << '\n';
      return print_texts(value.strings);
    }
    const auto numbers = value.numbers();
    if (!numbers.ok()) {
      out_ << ", " << format_bytes(value.bytes.size()) << '\n';
      return;
    }
    print_summary(*numbers);
  }

  // Range and mean of the finite elements, and the first few of all.
  void print_summary(const std::vector<double>& numbers) {
    double low = HUGE_VAL;
    double high = -HUGE_VAL;
    double mean = 0;
    size_t finite = 0;
    for (const double x : numbers) {
      if (!std::isfinite(x)) continue;
      low = std::min(low, x);
      high = std::max(high, x);
      mean += (x - mean) / static_cast<double>(++finite);
    }
    if (finite > 0)
      out_ << "  min " << format_value(low) << "  mean " << format_value(mean)
           << "  max " << format_value(high);
    if (finite < numbers.size())
      out_ << "  not finite: " << numbers.size() - finite;
    out_ << "\n    ";
    for (size_t i = 0; i < std::min(numbers.size(), kPrintedNumbers); ++i)
      out_ << (i > 0 ? " " : "") << format_value(numbers[i], 4);
    if (numbers.size() > kPrintedNumbers) out_ << ' ' << terminal_.ellipsis();
    out_ << '\n';
  }

  std::ostream& out_;
  const Terminal& terminal_;
  bool whole_tables_;
};

// The files that a value becomes: images and clips as they are, texts as
// Markdown, all else as JSON.
void write_value(OutputFolder& folder, std::ostream& out,
                 const ChosenSeries& chosen, size_t index) {
  const Series& series = chosen.series;
  const std::string name = (chosen.run == "." ? "" : chosen.run + "_") +
                           series.tag() + "_step" +
                           std::to_string(series.steps()[index]);
  const auto write = [&](const std::string& extension,
                         const std::string& content) {
    out << "wrote " << printable(folder.write(name, extension, content))
        << '\n';
  };
  if (series.kind() == ValueKind::kImage) {
    for (const std::string& image :
         value_or_throw(series.image(index)).images) {
      const std::string format(image_format(image));
      write(format == "unknown" ? "bin" : format, image);
    }
  } else if (series.kind() == ValueKind::kAudio) {
    for (const std::string& clip : value_or_throw(series.audio(index)).clips)
      write(clip.starts_with("RIFF") ? "wav" : "bin", clip);
  } else if (series.kind() == ValueKind::kText) {
    for (const std::string& text : value_or_throw(series.text(index)).texts)
      write("md", text);
  } else {
    write("json", json_line(json_value(series, index)));
  }
}

class Show : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Show values: tables of scalars, texts, histograms as "
        "bars, images in colour.");
    app.footer(
        "Of scalars and texts all values are shown, of the other kinds the "
        "last; --steps chooses.\n"
        "Fields of --json: run tag kind step wall_time value\n\n"
        "Examples:\n"
        "  tblog show runs --tag loss --steps 0:100\n"
        "  tblog show runs --tag conv1/weights\n"
        "  tblog show runs --kind image --steps : --out images");
    selection_.declare(app);
    app.add_option("-o,--out", out_,
                   "write the values to files in this folder: images and "
                   "clips as they are, texts as .md, scalars as .csv, all "
                   "else as .json")
        ->type_name("DIR");
    app.add_flag("--force", force_, "replace files that exist there");
  }

  ExitCode run(Streams streams) override {
    const ChosenLogs chosen = selection_.open(streams.err);
    ExitCode code = chosen.exit_code;
    const Terminal terminal = selection_.terminal();
    SeriesPrinter printer(streams.out, terminal, selection_.has_steps());
    std::optional<OutputFolder> folder;
    if (!out_.empty())
      folder.emplace(out_, force_ ? Existing::kReplace : Existing::kKeep);
    bool first = true;
    for (const ChosenSeries& series : chosen.series) {
      const std::vector<size_t> indices = shown(series);
      try {
        if (folder) {
          write_files(*folder, streams.out, series, indices);
        } else if (selection_.json()) {
          print_json(streams.out, series, indices);
        } else {
          if (!first) streams.out << '\n';
          printer.print(series, indices);
        }
      } catch (const UnreadableValue& error) {
        code = kProblemsFound;
        streams.err << "tblog: warning: " << printable(series.run) << " "
                    << printable(series.series.tag()) << ": "
                    << printable(error.what()) << '\n';
      }
      first = false;
      if (!streams.out.good()) break;  // the reader of our output went away
    }
    if (chosen.series.empty() && !selection_.json())
      streams.out << "no values yet: the event files hold none\n";
    return code;
  }

 private:
  std::vector<size_t> shown(const ChosenSeries& chosen) const {
    if (selection_.has_steps() || shows_all(chosen.series.kind()))
      return chosen.indices;
    return {chosen.indices.back()};
  }

  static void print_json(std::ostream& out, const ChosenSeries& chosen,
                         const std::vector<size_t>& indices) {
    const Series& series = chosen.series;
    for (const size_t index : indices) {
      Json object;
      object["run"] = chosen.run;
      object["tag"] = series.tag();
      object["kind"] = std::string(value_kind_name(series.kind()));
      object["step"] = series.steps()[index];
      object["wall_time"] = json_number(series.wall_times()[index]);
      object["value"] = json_value(series, index);
      out << json_line(object);
    }
  }

  static void write_files(OutputFolder& folder, std::ostream& out,
                          const ChosenSeries& chosen,
                          const std::vector<size_t>& indices) {
    const Series& series = chosen.series;
    if (series.kind() != ValueKind::kScalar) {
      for (const size_t index : indices)
        write_value(folder, out, chosen, index);
      return;
    }
    std::string csv = "step,wall_time,value\n";
    for (const size_t index : indices)
      csv += std::to_string(series.steps()[index]) + "," +
             format_value(series.wall_times()[index], 17) + "," +
             format_value(series.values()[index], 9) + "\n";
    const std::string name =
        (chosen.run == "." ? "" : chosen.run + "_") + series.tag();
    out << "wrote " << printable(folder.write(name, "csv", csv)) << '\n';
  }

  Selection selection_;
  std::string out_;
  bool force_ = false;
};

}  // namespace

std::unique_ptr<Command> make_show();  // named in commands.inc
std::unique_ptr<Command> make_show() { return std::make_unique<Show>(); }

}  // namespace tblog::tool
