// SPDX-License-Identifier: Apache-2.0
//
// Histograms over time as pictures.

#include <algorithm>
#include <cmath>
#include <memory>

#include "tools/tblog/color_ramp.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/drawing.h"
#include "tools/tblog/histograms_over_time.h"

namespace tblog::tool {
namespace {

constexpr double kWidth = 720;
constexpr double kPlotHeight = 320;
constexpr double kLeft = 70;
constexpr double kTop = 40;
constexpr double kBottom = 44;
constexpr double kHeight = kTop + kPlotHeight + kBottom;
constexpr double kRidgeShare = 0.4;  // of the height, as on TensorBoard's page
constexpr double kRidgeRight = 70;   // the steps stand there
constexpr double kHeatRight = 20;
constexpr size_t kPageBins = 30;
constexpr size_t kMostRidges = 40;
constexpr size_t kHeatColumns = 210;
constexpr size_t kHeatBins = 64;
constexpr double kLabelDistance = 14;
constexpr double kHeatLevels = 32;
constexpr size_t kTitleColumns = 80;

constexpr Stroke kAxis = {"#aaaaaa", 1, 1};

class HistogramDrawing {
 public:
  HistogramDrawing(Drawing& drawing, const HistogramsOverTime& histograms,
                   double top, double right)
      : drawing_(drawing),
        histograms_(histograms),
        box_({kLeft, top + kTop, kWidth - right, top + kTop + kPlotHeight}) {
    drawing_.text({kLeft, top + 24}, Anchor::kStart, TextStyle::kTitle,
                  shortened(histograms.title, kTitleColumns));
  }

  void ridges() {
    const CommonBins common = common_bins(histograms_.values, kPageBins);
    double most = 1e-300;
    for (const std::vector<double>& counts : common.counts) {
      for (const double count : counts) most = std::max(most, count);
    }
    const std::vector<size_t> shown =
        evenly_chosen(histograms_.steps.size(), kMostRidges);
    const double tallest = kPlotHeight * kRidgeShare;
    std::vector<double> baselines;
    for (size_t i = 0; i < shown.size(); ++i)
      baselines.push_back(shown.size() == 1
                              ? box_.bottom
                              : box_.top + tallest +
                                    (kPlotHeight - tallest) *
                                        static_cast<double>(i) /
                                        static_cast<double>(shown.size() - 1));
    for (size_t i = 0; i < shown.size(); ++i)
      ridge(common.counts[shown[i]], tallest / most, baselines[i],
            paper_ridge_color(i, shown.size()));
    // The last step is the one in front: it has its label in any case.
    double next_label = 1e9;
    for (size_t i = shown.size(); i-- > 0;) {
      if (next_label - baselines[i] < kLabelDistance) continue;
      next_label = baselines[i];
      drawing_.text({box_.right + 8, baselines[i] + 4}, Anchor::kStart,
                    TextStyle::kTick,
                    std::to_string(histograms_.steps[shown[i]]));
    }
    bottom_axis(common.axis, 0, "");
  }

  void heat() {
    const HeatMap map = heat_map(histograms_, kHeatColumns, kHeatBins);
    for (size_t bin = 0; bin < kHeatBins; ++bin) heat_row(map, bin);
    for (const Tick& tick : nice_ticks(map.values, 6)) {
      const double at =
          box_.bottom - map.values.position(tick.value) * kPlotHeight;
      drawing_.text({box_.left - 8, at + 4}, Anchor::kEnd, TextStyle::kTick,
                    tick.label);
    }
    bottom_axis(map.steps, 1, "step");
  }

 private:
  double width() const { return box_.right - box_.left; }

  void ridge(const std::vector<double>& bins, double scale, double baseline,
             const RgbColor& color) {
    std::vector<Point> outline = {{box_.left, baseline}};
    for (size_t i = 0; i < bins.size(); ++i)
      outline.push_back({box_.left + width() * (static_cast<double>(i) + 0.5) /
                                         static_cast<double>(bins.size()),
                         baseline - bins[i] * scale});
    outline.push_back({box_.right, baseline});
    drawing_.area_above(outline, baseline, hex_color(color), 1);
    drawing_.lines({outline}, {"#ffffff", 1.2, 1}, box_);
  }

  // One rectangle for neighbours of one colour.
  void heat_row(const HeatMap& map, size_t bin) {
    const double height = kPlotHeight / static_cast<double>(kHeatBins);
    const double bottom = box_.bottom - height * static_cast<double>(bin);
    const double column = width() / static_cast<double>(map.columns.size());
    const auto level = [&](size_t i) {
      return std::ceil(map.columns[i][bin] * kHeatLevels);
    };
    for (size_t begin = 0; begin < map.columns.size();) {
      size_t end = begin;
      while (end < map.columns.size() && level(end) == level(begin)) ++end;
      if (level(begin) > 0)
        drawing_.rectangle(
            {box_.left + column * static_cast<double>(begin), bottom - height,
             box_.left + column * static_cast<double>(end), bottom},
            hex_color(paper_heat_color(level(begin) / kHeatLevels)));
      begin = end;
    }
  }

  void bottom_axis(const Axis& axis, double min_spacing,
                   const std::string& title) {
    drawing_.lines({{{box_.left, box_.bottom}, {box_.right, box_.bottom}}},
                   kAxis, box_);
    for (const Tick& tick : nice_ticks(axis, 8, min_spacing)) {
      const double position = axis.position(tick.value);
      if (position < -1e-9 || position > 1 + 1e-9) continue;
      drawing_.text({box_.left + position * width(), box_.bottom + 16},
                    Anchor::kMiddle, TextStyle::kTick, tick.label);
    }
    if (!title.empty())
      drawing_.text({box_.right, box_.bottom + 30}, Anchor::kEnd,
                    TextStyle::kTick, title);
  }

  Drawing& drawing_;
  const HistogramsOverTime& histograms_;
  Rectangle box_;
};

std::string draw_all(const std::vector<HistogramsOverTime>& all,
                     HistogramView view,
                     std::unique_ptr<Drawing> (*make)(double width,
                                                      double height)) {
  const std::unique_ptr<Drawing> drawing =
      make(kWidth, kHeight * static_cast<double>(all.size()));
  double top = 0;
  for (const HistogramsOverTime& one : all) {
    if (view == HistogramView::kRidges)
      HistogramDrawing(*drawing, one, top, kRidgeRight).ridges();
    else
      HistogramDrawing(*drawing, one, top, kHeatRight).heat();
    top += kHeight;
  }
  return drawing->finish();
}

}  // namespace

std::string svg_document(const std::vector<HistogramsOverTime>& all,
                         HistogramView view) {
  return draw_all(all, view, make_svg_drawing);
}

std::string png_document(const std::vector<HistogramsOverTime>& all,
                         HistogramView view) {
  return draw_all(all, view, make_png_drawing);
}

}  // namespace tblog::tool
