// SPDX-License-Identifier: Apache-2.0

#include "tblog/capture.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>
#include <utility>

#include "src/base/strings.h"
#include "src/hook/capture_data.h"
#include "src/hook/npz_file.h"
#include "tblog/histogram.h"

namespace tblog {
namespace internal {

std::string CaptureEntry::name() const {
  if (kind == TensorKind::kOutputs) return base;
  return base + "/" + std::string(tensor_kind_name(kind));
}

void CaptureView::refresh() {
  std::shared_ptr<const CaptureData> latest = board_->get();
  if (latest == nullptr || latest == data_) return;
  data_ = std::move(latest);
  entries_.clear();
  for (const CaptureEntry& entry : data_->entries) {
    if (request_->kinds.contains(entry.kind) &&
        request_->matches({entry.layer, entry.type, entry.index},
                          entry.count)) {
      entries_.push_back(&entry);
    }
  }
}

namespace {

std::string number(double value) {
  std::array<char, 32> text;
  const int size = std::snprintf(text.data(), text.size(), "%.5g", value);
  return {text.data(), static_cast<size_t>(size)};
}

using Row = std::array<std::string, 6>;  // name, dtype, shape, min, mean, max

Row describe(const CaptureEntry& entry) {
  const TensorView view = entry.tensor->view();
  const std::string shape = describe_shape(view);
  const size_t space = shape.find(' ');
  Row row{escaped(entry.name()),
          shape.substr(0, space),
          shape.substr(space + 1),
          "-",
          "-",
          "-"};
  const absl::StatusOr<TensorStats> stats = compute_stats(view);
  if (stats.ok() && stats->num > 0) {
    row[3] = number(stats->min);
    row[4] = number(stats->mean);
    row[5] = number(stats->max);
  }
  return row;
}

std::string layout(const std::vector<Row>& rows) {
  std::array<size_t, 6> widths{};
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text;
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - row[i].size(), ' ');
      const bool right = i >= 3;
      text += right ? padding + row[i] : row[i] + padding;
      if (i + 1 < row.size()) text += "  ";
    }
    text += '\n';
  }
  return text;
}

}  // namespace
}  // namespace internal

using internal::CaptureEntry;

Capture::Capture(std::shared_ptr<internal::CaptureView> view) noexcept
    : view_(std::move(view)) {}
Capture::~Capture() = default;
Capture::Capture(Capture&& other) noexcept = default;
Capture& Capture::operator=(Capture&& other) noexcept = default;

const internal::CaptureView* Capture::latest() const {
  if (view_ == nullptr) return nullptr;
  view_->refresh();
  return view_->data() == nullptr ? nullptr : view_.get();
}

TensorView Capture::operator[](std::string_view name) const {
  const internal::CaptureView* view = latest();
  if (view == nullptr) return TensorView::invalid("no step has finished yet");
  const CaptureEntry* other = nullptr;
  int others = 0;
  for (const CaptureEntry* entry : view->entries()) {
    if (entry->name() == name) return entry->tensor->view();
    if (entry->base != name) continue;
    other = entry;
    ++others;
  }
  if (others == 1) return other->tensor->view();
  if (others > 1) {
    return TensorView::invalid(
        "several kinds of tensor were captured of the layer: say which");
  }
  return TensorView::invalid(
      "nothing was captured under this name in the last finished step");
}

TensorView Capture::get(std::string_view name, TensorKind kind) const {
  const internal::CaptureView* view = latest();
  if (view == nullptr) return TensorView::invalid("no step has finished yet");
  for (const CaptureEntry* entry : view->entries()) {
    if (entry->base == name && entry->kind == kind) {
      return entry->tensor->view();
    }
  }
  return TensorView::invalid(
      "no such tensor was captured in the last finished step");
}

bool Capture::contains(std::string_view name) const {
  return (*this)[name].valid();
}

std::vector<std::string> Capture::names() const {
  std::vector<std::string> names;
  if (const internal::CaptureView* view = latest()) {
    for (const CaptureEntry* entry : view->entries()) {
      names.push_back(entry->name());
    }
  }
  return names;
}

size_t Capture::size() const {
  const internal::CaptureView* view = latest();
  return view == nullptr ? 0 : view->entries().size();
}

int64_t Capture::step() const {
  const internal::CaptureView* view = latest();
  return view == nullptr ? -1 : view->data()->step;
}

std::string Capture::phase() const {
  const internal::CaptureView* view = latest();
  return view == nullptr ? std::string() : view->data()->phase;
}

size_t Capture::left_out() const {
  const internal::CaptureView* view = latest();
  return view == nullptr ? 0 : view->data()->left_out;
}

std::string Capture::to_string() const {
  std::vector<internal::Row> rows{
      {"name", "dtype", "shape", "min", "mean", "max"}};
  if (const internal::CaptureView* view = latest()) {
    for (const CaptureEntry* entry : view->entries()) {
      rows.push_back(internal::describe(*entry));
    }
  }
  return internal::layout(rows);
}

void Capture::print(std::ostream& out) const { out << to_string(); }

absl::Status Capture::save_npz(const std::string& path) const {
  std::vector<const CaptureEntry*> entries;
  if (const internal::CaptureView* view = latest()) entries = view->entries();
  return internal::save_entries(entries, path);
}

}  // namespace tblog
