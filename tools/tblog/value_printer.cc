// SPDX-License-Identifier: Apache-2.0
//
// Scalars, histograms, images, audio, texts and tensors; and which kind is
// printed by what. plugin_printer.cc and graph_printer.cc have the others.

#include "tools/tblog/value_printer.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "tools/tblog/bars.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/graph_text.h"
#include "tools/tblog/histograms_over_time.h"
#include "tools/tblog/number.h"
#include "tools/tblog/picture.h"
#include "tools/tblog/table.h"
#include "tools/tblog/value_json.h"
#include "tools/tblog/wav.h"

namespace tblog::tool {
namespace {

constexpr size_t kPrintedNumbers = 8;  // of a tensor
constexpr int kWaveColumns = 64;

void print_lines(const Page& page, const std::string& text) {
  for (const std::string& line : printable_lines(text))
    page.out << (line.empty() ? "" : "    ") << line << '\n';
}

// Range and mean of the finite elements, and the first few of all.
void print_summary(const Page& page, const std::vector<double>& numbers) {
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
    page.out << "  min " << format_value(low) << "  mean " << format_value(mean)
             << "  max " << format_value(high);
  if (finite < numbers.size())
    page.out << "  not finite: " << numbers.size() - finite;
  page.out << "\n    ";
  for (size_t i = 0; i < std::min(numbers.size(), kPrintedNumbers); ++i)
    page.out << (i > 0 ? " " : "") << format_value(numbers[i], 4);
  if (numbers.size() > kPrintedNumbers)
    page.out << ' ' << page.terminal.ellipsis();
  page.out << '\n';
}

// Those of TensorFlow 1 grow by a tenth from 1e-12 on, some hundred of them and
// most of them empty: what has more than a screen shows gets bins of one width,
// as on TensorBoard's page.
HistogramValue with_few_buckets(const HistogramValue& value) {
  constexpr size_t kMostBuckets = 40;
  constexpr size_t kBins = 30;
  if (value.buckets.size() <= kMostBuckets) return value;
  const CommonBins bins = common_bins({value}, kBins);
  const double width = (bins.axis.high - bins.axis.low) / kBins;
  HistogramValue rebinned;
  for (size_t i = 0; i < kBins; ++i) {
    const double left = bins.axis.low + width * static_cast<double>(i);
    rebinned.buckets.push_back(
        {left, left + width, std::round(bins.counts[0][i] * 10) / 10});
  }
  return rebinned;
}

// Rank 1: a column; rank 2: rows and columns.
void print_text_table(const Page& page, const TextValue& value) {
  const auto columns =
      static_cast<size_t>(value.shape.size() == 2 ? value.shape[1] : 1);
  Table table(
      std::vector<Column>(columns, {.title = "", .shorten = Shorten::kEnd}));
  for (size_t row = 0; row + columns <= value.texts.size(); row += columns) {
    std::vector<std::string> cells;
    for (size_t i = 0; i < columns; ++i)
      cells.push_back(printable(value.texts[row + i]));
    table.add(std::move(cells));
  }
  table.print(page.out, page.terminal, "    ");
}

// "[0, 1, 2]" of the element at `index`.
std::string position_text(const std::vector<int64_t>& shape, size_t index) {
  std::vector<int64_t> position(shape.size());
  for (size_t i = shape.size(); i-- > 0;) {
    position[i] = static_cast<int64_t>(index) % shape[i];
    index /= static_cast<size_t>(shape[i]);
  }
  return shape_text(position);
}

void print_other(const Page& page, const Series& series, size_t index) {
  const auto tensor = series.tensor(index);
  if (absl::IsNotFound(tensor.status()))
    page.out << "    no tensor, " << series.metadata().content.size()
             << " bytes for the plugin\n";
  else
    print_tensor(page, value_or_throw(tensor));
}

}  // namespace

void Page::print_dim(const std::string& line) const {
  out << "  " << styled(terminal, Style::kDim, line) << '\n';
}

void print_scalars(const Page& page, const Series& series,
                   const std::vector<size_t>& indices) {
  Table table({{.title = "STEP", .align = Align::kRight},
               {.title = "VALUE", .align = Align::kRight},
               {.title = "WALL TIME", .style = Style::kDim, .expendable = 1}});
  const bool cut_short = page.shortens(indices.size());
  for (size_t i = 0; i < indices.size(); ++i) {
    if (cut_short && i == Page::kTableEnds) {
      table.add({std::string(page.terminal.ellipsis()), "", ""});
      i = indices.size() - Page::kTableEnds;
    }
    const size_t index = indices[i];
    table.add({std::to_string(series.steps()[index]),
               format_value(series.values()[index]),
               format_wall_time(series.wall_times()[index])});
  }
  table.print(page.out, page.terminal, "  ");
  if (cut_short)
    page.print_dim(std::to_string(indices.size() - 2 * Page::kTableEnds) +
                   " left out; all: --steps :");
}

void print_histogram(const Page& page, const HistogramValue& given) {
  const HistogramValue value = with_few_buckets(given);
  if (value.buckets.size() < given.buckets.size())
    page.print_dim("  " + std::to_string(given.buckets.size()) +
                   " buckets, in bars of one width");
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
  if (value.buckets.empty()) page.out << "    no values\n";
  const Terminal& terminal = page.terminal;
  const int columns =
      std::max<int>(8, terminal.chart_width() - static_cast<int>(edge_width) -
                           static_cast<int>(count_width) - 8);
  const std::string_view axis = terminal.ascii ? "|" : "┤";
  for (const HistogramBucket& bucket : value.buckets) {
    const std::string left = edge(bucket.left);
    page.out << "    " << std::string(edge_width - left.size(), ' ') << left
             << ' ' << styled(terminal, Style::kDim, axis);
    if (bucket.count > 0) {
      // A count may be infinite, in a file that lies.
      const double share = bucket.count == most ? 1 : bucket.count / most;
      page.out << colored(terminal, series_color(0),
                          bar(share, columns, terminal.ascii))
               << ' ' << format_value(bucket.count);
    }
    page.out << '\n';
  }
  if (!value.buckets.empty()) {
    const std::string right = edge(value.buckets.back().right);
    page.out << "    " << std::string(edge_width - right.size(), ' ') << right
             << ' ' << styled(terminal, Style::kDim, terminal.ascii ? "+" : "┘")
             << '\n';
  }
}

void print_images(const Page& page, const ImageValue& value) {
  const Terminal& terminal = page.terminal;
  for (const std::string& image : value.images) {
    const std::string_view format = image_format(image);
    page.out << "    " << value.width << "x" << value.height << " " << format
             << ", " << format_bytes(image.size());
    const bool blocks = terminal.color && !terminal.ascii;
    // A pipe gets a picture only where it is asked for.
    if (format != "png" || (!blocks && terminal.width == 0)) {
      page.out << '\n';
      continue;
    }
    const std::optional<Picture> picture = decode_png(image);
    page.out << (picture ? "\n" : " (cannot be decoded)\n");
    if (picture)
      (blocks ? print_half_blocks : print_shades)(
          page.out, *picture, terminal.chart_width() - 4, "    ");
  }
  if (value.images.empty()) page.out << "    no images\n";
}

void print_clips(const Page& page, const AudioValue& value) {
  const int columns =
      std::clamp(page.terminal.chart_width() - 4, 8, kWaveColumns);
  for (size_t i = 0; i < value.clips.size(); ++i) {
    const std::string& clip = value.clips[i];
    page.out << "    ";
    if (const auto wav = decode_wav(clip, static_cast<size_t>(columns))) {
      page.out << format_value(wav->seconds(), 4) << " s, "
               << wav->sample_rate_hz << " Hz, "
               << format_count(static_cast<uint64_t>(wav->channels), "channel")
               << ", peak " << format_value(wav->peak, 3) << '\n';
      page.out << "    "
               << colored(page.terminal, series_color(0),
                          upright_bars(wav->peaks, page.terminal.ascii))
               << '\n';
    } else {
      page.out << "clip of " << format_bytes(clip.size()) << ", no WAV\n";
    }
    if (i < value.labels.size()) print_lines(page, value.labels[i]);
  }
  if (value.clips.empty()) page.out << "    no clips\n";
}

void print_text(const Page& page, const TextValue& value) {
  if (value.texts.empty()) {
    page.out << "    no texts\n";
  } else if (value.texts.size() == 1) {
    print_lines(page, value.texts.front());
  } else if (value.shape.size() <= 2) {
    print_text_table(page, value);
  } else {
    for (size_t i = 0; i < value.texts.size(); ++i) {
      page.print_dim("  " + position_text(value.shape, i));
      print_lines(page, value.texts[i]);
    }
  }
}

void print_tensor(const Page& page, const TensorValue& value) {
  page.out << "    " << (value.dtype ? dtype_name(*value.dtype) : "string")
           << " " << shape_text(value.shape);
  if (!value.dtype) {
    page.out << '\n';
    for (const std::string& text : value.strings) print_lines(page, text);
    return;
  }
  if (const auto numbers = value.numbers(); numbers.ok())
    print_summary(page, *numbers);
  else
    page.out << ", " << format_bytes(value.bytes.size()) << '\n';
}

void print_value(const Page& page, const Series& series, size_t index,
                 const MeshSeries* mesh) {
  switch (series.kind()) {
    case ValueKind::kScalar:
      return print_scalars(page, series, {index});
    case ValueKind::kHistogram:
      return print_histogram(page, value_or_throw(series.histogram(index)));
    case ValueKind::kImage:
      return print_images(page, value_or_throw(series.image(index)));
    case ValueKind::kAudio:
      return print_clips(page, value_or_throw(series.audio(index)));
    case ValueKind::kText:
      return print_text(page, value_or_throw(series.text(index)));
    case ValueKind::kTensor:
      return print_tensor(page, value_or_throw(series.tensor(index)));
    case ValueKind::kPrCurve:
      return print_pr_curve(page, value_or_throw(series.pr_curve(index)));
    case ValueKind::kMesh:
      return print_mesh(page,
                        value_or_throw(mesh != nullptr ? mesh->at(index)
                                                       : series.mesh(index)));
    case ValueKind::kLayout:
      return print_layout(page, value_or_throw(series.layout(index)));
    case ValueKind::kHParams:
      return print_hparams(page, value_or_throw(series.hparams(index)));
    case ValueKind::kGraph:
      return print_graph(page, value_or_throw(series.graph(index)));
    case ValueKind::kRunMetadata:
      return print_run_metadata(page,
                                value_or_throw(series.run_metadata(index)));
    case ValueKind::kSession:
      return print_sessions(page, series, {index});
    case ValueKind::kEmbedding:
    case ValueKind::kOther:
      break;
  }
  print_other(page, series, index);
}

}  // namespace tblog::tool
