// SPDX-License-Identifier: Apache-2.0
//
// tblog plot: curves of scalars, a chart a tag, all runs in it.

#include <cmath>
#include <optional>
#include <ostream>

#include "tools/tblog/chart.h"
#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/number.h"
#include "tools/tblog/output_folder.h"
#include "tools/tblog/scalar_chart.h"
#include "tools/tblog/selection.h"

namespace tblog::tool {
namespace {

constexpr int kDefaultRows = 15;

class Plot : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Draw curves of scalars: a chart for each tag, with all "
        "runs in it.");
    app.footer(
        "Values that have no place are marked at the edge: × NaN, ▲ and ▼ "
        "infinity (N, ^, v with --ascii).\n"
        "Fields of --json: run tag step wall_time value smoothed (with "
        "--smooth)\n\n"
        "Examples:\n"
        "  tblog plot runs\n"
        "  tblog plot runs --tag 'loss*' --smooth 0.6 --log-y\n"
        "  tblog plot runs/a runs/b --x relative --out loss.svg\n"
        "  tblog plot runs --tag loss --y 0:2 --out loss.png");
    selection_.declare(app);
    app.add_option("--smooth", smooth_,
                   "weight of the past in a moving average, as in TensorBoard; "
                   "0 to 0.999")
        ->check(CLI::Range(0.0, 0.999))
        ->type_name("W");
    app.add_option("--x", x_,
                   "step, relative (seconds since the run's first "
                   "value) or wall (time of day)")
        ->check(CLI::IsMember({"step", "relative", "wall"}))
        ->type_name("AXIS");
    app.add_flag("--log-x", log_x_, "logarithmic x axis");
    app.add_flag("--log-y", log_y_, "logarithmic y axis");
    app.add_option("--y", y_,
                   "ends of the y axis, either may be left out; e.g. 0:1, 0:")
        ->type_name("LOW:HIGH");
    app.add_flag("--ignore-outliers", ignore_outliers_,
                 "end the y axis where nine tenths of the values do");
    app.add_option("--height", height_, "rows of a chart (default: 15)")
        ->check(CLI::Range(3, 200))
        ->type_name("N");
    app.add_option("-o,--out", out_,
                   "write the charts to this .svg or .png file")
        ->type_name("FILE");
    app.add_flag("--force", force_, "replace that file where it exists");
  }

  ExitCode run(Streams streams) override {
    if (!out_.empty() && !out_.ends_with(".svg") && !out_.ends_with(".png"))
      throw Failure(kUsage, "--out " + printable(out_) +
                                ": give a name that ends in .svg or .png");
    const ScalarChartOptions options = chart_options();
    const ChosenLogs chosen = selection_.open(streams.err);
    const SeriesByTag by_tag = scalars_by_tag(chosen.series);
    if (by_tag.empty())
      throw Failure(kUsage, "there are no scalars to plot among these " +
                                std::to_string(chosen.series.size()) +
                                " series; `tblog show` shows other kinds");
    if (selection_.json()) {
      for (const auto& [tag, series] : by_tag) print_json(streams.out, series);
      return chosen.exit_code;
    }
    std::vector<Chart> charts;
    for (const auto& [tag, series] : by_tag)
      charts.push_back(scalar_chart(tag, series, options));
    if (out_.empty()) {
      print(streams.out, charts);
    } else {
      write_file(
          out_,
          out_.ends_with(".png") ? png_document(charts) : svg_document(charts),
          force_ ? Existing::kReplace : Existing::kKeep);
      streams.out << "wrote " << printable(out_) << '\n';
    }
    return chosen.exit_code;
  }

 private:
  ScalarChartOptions chart_options() const {
    ScalarChartOptions options = {
        smooth_, x_, log_x_ ? AxisScale::kLog : AxisScale::kLinear,
        log_y_ ? AxisScale::kLog : AxisScale::kLinear};
    options.ignore_outliers = ignore_outliers_;
    if (y_.empty()) return options;
    const size_t colon = y_.find(':');
    const auto part = [&](const std::string& text) -> std::optional<double> {
      if (text.empty()) return std::nullopt;
      const std::optional<double> value = parse_number(text);
      if (!value || !std::isfinite(*value) || (log_y_ && *value <= 0)) fail_y();
      return value;
    };
    if (colon == std::string::npos) fail_y();
    options.y_low = part(y_.substr(0, colon));
    options.y_high = part(y_.substr(colon + 1));
    if (options.y_low && options.y_high && *options.y_low >= *options.y_high)
      fail_y();
    return options;
  }

  [[noreturn]] void fail_y() const {
    throw Failure(kUsage, "--y " + printable(y_) +
                              ": give LOW:HIGH, e.g. 0:1, 0: or :10" +
                              (log_y_ ? ", above 0 on a log axis" : ""));
  }

  void print(std::ostream& out, const std::vector<Chart>& charts) const {
    const Terminal terminal = selection_.terminal();
    for (const Chart& chart : charts) {
      if (&chart != &charts.front()) out << '\n';
      print_chart(out, terminal, chart, height_);
    }
  }

  void print_json(std::ostream& out,
                  const std::vector<const ChosenSeries*>& all) const {
    for (const ChosenSeries* chosen : all) {
      const std::vector<double> values = chosen_values(*chosen);
      const std::vector<double> smooth = smoothed(values, smooth_);
      for (size_t i = 0; i < values.size(); ++i) {
        const size_t index = chosen->indices[i];
        Json object;
        object["run"] = chosen->run;
        object["tag"] = chosen->series.tag();
        object["step"] = chosen->series.steps()[index];
        object["wall_time"] = json_number(chosen->series.wall_times()[index]);
        object["value"] = json_number(values[i]);
        if (smooth_ > 0) object["smoothed"] = json_number(smooth[i]);
        out << json_line(object);
      }
    }
  }

  Selection selection_;
  double smooth_ = 0;
  std::string x_ = "step";
  bool log_x_ = false;
  bool log_y_ = false;
  std::string y_;
  bool ignore_outliers_ = false;
  int height_ = kDefaultRows;
  std::string out_;
  bool force_ = false;
};

}  // namespace

std::unique_ptr<Command> make_plot();  // named in commands.inc
std::unique_ptr<Command> make_plot() { return std::make_unique<Plot>(); }

}  // namespace tblog::tool
