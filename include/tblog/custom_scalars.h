// SPDX-License-Identifier: Apache-2.0
//
// CustomScalarLayout: which scalars TensorBoard's page of custom scalars shows
// together in one chart. Thread-compatible.
//
//   tblog::CustomScalarLayout layout;
//   layout.category("losses")
//       .multiline("both", {"loss/.*"})
//       .margin("band", {{"value", "lower", "upper"}});
//   writer.layout(layout);

#ifndef TBLOG_CUSTOM_SCALARS_H_
#define TBLOG_CUSTOM_SCALARS_H_

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tblog {

// A line and the band around it: tags of scalars, exactly as they were logged.
struct MarginSeries {
  std::string value;
  std::string lower = {};
  std::string upper = {};
};

class CustomScalarLayout {
 public:
  // Has tags or series, as its kind says.
  struct Chart {
    std::string title;
    bool is_margin;
    std::vector<std::string> tags;
    std::vector<MarginSeries> series;
  };

  // A group of charts under a title.
  class Category {
   public:
    explicit Category(std::string_view title) : title_(title) {}

    // A chart with a line for each tag that matches one of `tags`: regular
    // expressions as Python's re.match takes them, from the tag's beginning,
    // not necessarily to its end.
    Category& multiline(std::string_view title, std::vector<std::string> tags) {
      charts_.push_back({std::string(title), false, std::move(tags), {}});
      return *this;
    }

    // A chart of lines with a band around each.
    Category& margin(std::string_view title, std::vector<MarginSeries> series) {
      charts_.push_back({std::string(title), true, {}, std::move(series)});
      return *this;
    }

    // Whether the page shows the category folded at first. Default: not.
    Category& closed(bool closed = true) {
      closed_ = closed;
      return *this;
    }

    const std::string& title() const noexcept { return title_; }
    const std::vector<Chart>& charts() const noexcept { return charts_; }
    bool is_closed() const noexcept { return closed_; }

   private:
    std::string title_;
    std::vector<Chart> charts_;
    bool closed_ = false;
  };

  // The category with this title, made where it is new; the page unites those
  // of equal titles. Valid as long as the layout.
  Category& category(std::string_view title) {
    for (Category& known : categories_) {
      if (known.title() == title) return known;
    }
    return categories_.emplace_back(title);
  }

  const std::deque<Category>& categories() const noexcept {
    return categories_;
  }

 private:
  std::deque<Category> categories_;  // keeps addresses while it grows
};

}  // namespace tblog

#endif  // TBLOG_CUSTOM_SCALARS_H_
