// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/imported_rows.h"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "tools/tblog/display_text.h"
#include "tools/tblog/failure.h"
#include "tools/tblog/number.h"

namespace tblog::tool {
namespace {

// Rows that are logged before the files get them: a full queue must not drop
// any.
constexpr uint64_t kRowsPerFlush = 100'000;
constexpr size_t kToldRefusals = 10;

// "Wall time" and "wall_time" are one name.
std::string canonical(std::string_view name) {
  std::string out;
  for (const char c : trimmed(name))
    out += c == ' ' || c == '-'   ? '_'
           : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a')
                                  : c;
  return out;
}

bool digits(std::string_view& text, size_t count, int& value) {
  if (text.size() < count) return false;
  const auto result = std::from_chars(text.data(), text.data() + count, value);
  if (result.ec != std::errc() || result.ptr != text.data() + count ||
      text.front() == '-')
    return false;
  text.remove_prefix(count);
  return true;
}

bool skip(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos)
    return false;
  text.remove_prefix(1);
  return true;
}

// What stands behind the seconds: ".25", ",25". 0 where it is not there.
double parse_fraction(std::string_view& text) {
  double fraction = 0;
  if (!skip(text, ".,")) return 0;
  for (double place = 0.1;
       !text.empty() && text.front() >= '0' && text.front() <= '9';
       place /= 10) {
    fraction += place * (text.front() - '0');
    text.remove_prefix(1);
  }
  return fraction;
}

// "Z", "+01:00", "-0800"; none: local time. False: something else.
bool parse_zone(std::string_view text, std::optional<int>& offset_secs) {
  if (text.empty()) return true;
  if (text == "Z" || text == "z") {
    offset_secs = 0;
    return true;
  }
  const bool west = text.front() == '-';
  int hours = 0;
  int minutes = 0;
  if (!skip(text, "+-") || !digits(text, 2, hours)) return false;
  skip(text, ":");
  if (!text.empty() && !digits(text, 2, minutes)) return false;
  offset_secs = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
  return text.empty();
}

[[noreturn]] void fail_contradiction(const std::string& name) {
  throw Failure(kUsage, "two columns are \"" + printable(name) + "\"");
}

}  // namespace

std::optional<int64_t> parse_step(std::string_view text) {
  text = trimmed(text);
  int64_t step = 0;
  const auto result =
      std::from_chars(text.data(), text.data() + text.size(), step);
  if (result.ec == std::errc() && result.ptr == text.data() + text.size())
    return step;
  const std::optional<double> value = parse_number(text);
  if (!value || std::floor(*value) != *value || std::abs(*value) > 9e15)
    return std::nullopt;
  return static_cast<int64_t>(*value);
}

std::optional<double> parse_wall_time(std::string_view text) {
  text = trimmed(text);
  if (const auto number = parse_number(text)) {
    if (!std::isfinite(*number)) return std::nullopt;
    return number;
  }
  tm date{};
  int year = 0;
  int month = 0;
  if (!digits(text, 4, year) || !skip(text, "-/") || !digits(text, 2, month) ||
      !skip(text, "-/") || !digits(text, 2, date.tm_mday))
    return std::nullopt;
  date.tm_year = year - 1900;
  date.tm_mon = month - 1;
  date.tm_isdst = -1;
  double fraction = 0;
  if (skip(text, "T t_")) {
    if (!digits(text, 2, date.tm_hour) || !skip(text, ":") ||
        !digits(text, 2, date.tm_min))
      return std::nullopt;
    if (skip(text, ":") && !digits(text, 2, date.tm_sec)) return std::nullopt;
    fraction = parse_fraction(text);
  }
  std::optional<int> offset_secs;
  if (month < 1 || month > 12 || date.tm_mday < 1 || date.tm_mday > 31 ||
      date.tm_hour > 23 || date.tm_min > 59 || date.tm_sec > 60 ||
      !parse_zone(trimmed(text), offset_secs))
    return std::nullopt;
  const time_t secs =
      offset_secs ? timegm(&date) - *offset_secs : mktime(&date);
  return static_cast<double>(secs) + fraction;
}

RowFields::RowFields(const std::vector<std::string>& names,
                     const ImportOptions& options) {
  const auto assign = [&](std::optional<size_t>& field, size_t i) {
    if (field) fail_contradiction(names[i]);
    field = i;
  };
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string name = canonical(names[i]);
    if (!options.step_column.empty() ? names[i] == options.step_column
                                     : name == "step" || name == "global_step")
      assign(step, i);
    else if (!options.wall_time_column.empty()
                 ? names[i] == options.wall_time_column
                 : name == "wall_time" || name == "timestamp" ||
                       name == "datetime")
      assign(wall_time, i);
    else if (name == "run")
      assign(run, i);
    else if (name == "tag")
      assign(tag, i);
    else if (name == "value")
      assign(value, i);
    else if (!trimmed(names[i]).empty())
      metrics.push_back({i, std::string(trimmed(names[i]))});
  }
  if (!options.step_column.empty() && !step)
    throw Failure(kUsage, "there is no column \"" +
                              printable(options.step_column) + "\" (--step)");
  if (!options.wall_time_column.empty() && !wall_time)
    throw Failure(kUsage, "there is no column \"" +
                              printable(options.wall_time_column) +
                              "\" (--wall-time)");
  if (tag && !value)
    throw Failure(kUsage, "there is a column \"tag\", but none \"value\"");
  if (tag) {
    metrics.clear();  // kind, and what else stands beside the value
  } else if (value) {
    metrics.push_back({*value, options.tag.empty() ? "value" : options.tag});
  }
  if (!tag && metrics.empty())
    throw Failure(kUsage,
                  "there is no column of values: each one that is not run, "
                  "step or wall_time becomes a tag");
}

RowImporter::RowImporter(std::string logdir, ImportOptions options)
    : logdir_(std::move(logdir)),
      options_(std::move(options)),
      root_(SummaryWriter::null()) {}

void RowImporter::open() {
  WriterOptions writer_options;
  writer_options.max_block = std::chrono::hours(1);
  writer_options.on_error = [this](const absl::Status& status) {
    if (refusals_.size() < kToldRefusals)
      refusals_.push_back(printable(std::string(status.message())));
  };
  absl::StatusOr<SummaryWriter> writer =
      SummaryWriter::open(logdir_, writer_options);
  if (!writer.ok())
    throw Failure(kCannotRead,
                  printable(std::string(writer.status().message())));
  root_ = *std::move(writer);
}

void RowImporter::add(const RowFields& fields,
                      const std::vector<std::string>& row, size_t line) {
  const auto text = [&](std::optional<size_t> field) {
    return field && *field < row.size() ? trimmed(row[*field])
                                        : std::string_view();
  };
  std::string run(text(fields.run));
  if (run.empty()) run = options_.run;
  std::optional<int64_t> step;
  if (!text(fields.step).empty()) {
    step = parse_step(text(fields.step));
    if (!step)
      return note("no step, so these rows are left out",
                  std::string(text(fields.step)), line);
  } else if (fields.step) {
    return note("no step, so these rows are left out", "", line);
  }
  std::optional<double> wall_time;
  if (!text(fields.wall_time).empty()) {
    wall_time = parse_wall_time(text(fields.wall_time));
    if (!wall_time)
      note("no time, so these rows have that of the import",
           std::string(text(fields.wall_time)), line);
  }
  const auto add_value = [&](const std::string& tag, std::string_view field) {
    if (field.empty()) return;
    if (const auto value = parse_number(field))
      write(run, tag, step, wall_time, *value);
    else
      note("no number, so these values of \"" + printable(tag) +
               "\" are left out",
           std::string(field), line);
  };
  if (fields.tag) add_value(std::string(text(fields.tag)), text(fields.value));
  for (const RowFields::Metric& metric : fields.metrics)
    add_value(metric.tag, text(metric.field));
}

void RowImporter::write(const std::string& run, const std::string& tag,
                        std::optional<int64_t> step,
                        std::optional<double> wall_time, double value) {
  SummaryWriter& writer = writer_of(run);
  const int64_t at = step ? *step : next_step_[{run, tag}]++;
  writer.scalar(tag, value, wall_time ? At(at, *wall_time) : At(at));
  // What waits in the queue is no more than it holds.
  if (++written_ % kRowsPerFlush == 0) static_cast<void>(root_.flush());
}

void RowImporter::note(const std::string& what, const std::string& text,
                       size_t line) {
  Problem& problem = problems_[what];
  if (problem.count++ > 0) return;
  problem.line = line;
  problem.text = text;
}

SummaryWriter& RowImporter::writer_of(const std::string& run) {
  if (!opened_) open();
  opened_ = true;
  if (run.empty() || run == ".") return root_;
  const auto found = runs_.find(run);
  if (found != runs_.end()) return found->second;
  return runs_.emplace(run, root_.child(run)).first->second;
}

void RowImporter::finish() {
  const absl::Status status = root_.close();
  const WriterStats stats = root_.stats();
  if (stats.dropped > 0)
    throw Failure(kCannotRead, std::to_string(stats.dropped) +
                                   " values could not be written: " +
                                   printable(std::string(status.message())));
  written_ -= std::min(written_, stats.refused);
}

std::vector<std::string> RowImporter::problems() const {
  std::vector<std::string> sentences = refusals_;
  for (const auto& [what, problem] : problems_) {
    std::string sentence = "line " + std::to_string(problem.line) + ": ";
    if (!problem.text.empty())
      sentence += "\"" + cut(printable(problem.text), 40) + "\" is ";
    sentence += what;
    if (problem.count > 1)
      sentence += " (" + std::to_string(problem.count) + " in all)";
    sentences.push_back(sentence);
  }
  return sentences;
}

}  // namespace tblog::tool
