// SPDX-License-Identifier: Apache-2.0
//
// tblog ls: runs and their series, a line each.

#include <algorithm>
#include <cmath>
#include <ostream>

#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/number.h"
#include "tools/tblog/selection.h"
#include "tools/tblog/table.h"

namespace tblog::tool {
namespace {

constexpr size_t kTrendColumns = 12;

// `values` as a line of bars, each as high as the mean of its share of them;
// `columns` or fewer.
std::string sparkline(const std::vector<double>& values, size_t columns,
                      bool ascii) {
  constexpr const char* kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr const char* kAsciiBars[] = {"_", ".", "-", "=", "+", "*", "#", "@"};
  std::vector<double> finite;
  for (const double value : values) {
    if (std::isfinite(value)) finite.push_back(value);
  }
  if (finite.size() < 2) return "";
  const auto [low, high] = std::minmax_element(finite.begin(), finite.end());
  const size_t count = std::min(columns, finite.size());
  std::string line;
  for (size_t i = 0; i < count; ++i) {
    const size_t begin = i * finite.size() / count;
    const size_t end = (i + 1) * finite.size() / count;
    double mean = 0;
    for (size_t j = begin; j < end; ++j)
      mean += finite[j] / static_cast<double>(end - begin);
    const double share =
        *low == *high ? 0.5 : (mean / 2 - *low / 2) / (*high / 2 - *low / 2);
    const size_t level =
        static_cast<size_t>(std::lround(std::clamp(share, 0.0, 1.0) * 7));
    line += ascii ? kAsciiBars[level] : kBars[level];
  }
  return line;
}

std::string describe_histogram(const HistogramValue& value) {
  double count = 0;
  for (const HistogramBucket& bucket : value.buckets) count += bucket.count;
  if (value.buckets.empty()) return "no values";
  return format_value(count) + " in [" +
         format_value(value.buckets.front().left, 3) + ", " +
         format_value(value.buckets.back().right, 3) + "]";
}

std::string describe_shape(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (const int64_t size : shape)
    text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

std::string describe_tensor(const TensorValue& value) {
  return std::string(value.dtype ? dtype_name(*value.dtype) : "string") + " " +
         describe_shape(value.shape);
}

// Of a text, also where no terminal bounds the line.
constexpr size_t kTextColumns = 48;

// The last value in a few words.
absl::StatusOr<std::string> describe_last(const ChosenSeries& chosen) {
  const Series& series = chosen.series;
  const size_t last = chosen.indices.back();
  switch (series.kind()) {
    case ValueKind::kScalar:
      return format_value(series.values()[last]);
    case ValueKind::kHistogram: {
      const auto value = series.histogram(last);
      if (!value.ok()) return value.status();
      return describe_histogram(*value);
    }
    case ValueKind::kImage: {
      const auto value = series.image(last);
      if (!value.ok()) return value.status();
      return std::to_string(value->width) + "x" +
             std::to_string(value->height) +
             (value->images.size() == 1
                  ? ""
                  : ", " + format_count(value->images.size(), "image"));
    }
    case ValueKind::kAudio: {
      const auto value = series.audio(last);
      if (!value.ok()) return value.status();
      return format_count(value->clips.size(), "clip");
    }
    case ValueKind::kText: {
      const auto value = series.text(last);
      if (!value.ok()) return value.status();
      if (value->texts.empty()) return "";
      return cut(printable(value->texts.front()), kTextColumns);
    }
    case ValueKind::kTensor: {
      const auto value = series.tensor(last);
      if (!value.ok()) return value.status();
      return describe_tensor(*value);
    }
    default:
      return printable(series.metadata().plugin);
  }
  return "";
}

std::vector<double> chosen_values(const ChosenSeries& chosen) {
  std::vector<double> values;
  if (chosen.series.kind() != ValueKind::kScalar) return values;
  for (const size_t i : chosen.indices)
    values.push_back(chosen.series.values()[i]);
  return values;
}

class Ls : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "List runs and their series: kind, count, steps, last "
        "value.");
    app.footer(
        "Fields of --json: run tag kind count first_step last_step wall_time "
        "(of the last value)\nlast_value (scalars only)\n\n"
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
    std::string before;
    for (const ChosenSeries& series : chosen.series) {
      const auto value = describe_last(series);
      if (!value.ok()) {
        code = kProblemsFound;
        streams.err << "tblog: warning: " << printable(series.run) << " "
                    << printable(series.series.tag()) << ": "
                    << printable(std::string(value.status().message())) << '\n';
      }
      // A person reads a run's name once; grep wants it in each line.
      const bool same = terminal.interactive && series.run == before;
      before = series.run;
      table.add(
          {same ? "" : printable(series.run), printable(series.series.tag()),
           std::string(value_kind_name(series.series.kind())),
           std::to_string(series.indices.size()),
           std::to_string(series.series.steps()[series.indices.front()]),
           std::to_string(series.series.steps()[series.indices.back()]),
           value.ok() ? *value : "(cannot be read)",
           sparkline(chosen_values(series), kTrendColumns, terminal.ascii)});
    }
    if (chosen.series.empty())
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
