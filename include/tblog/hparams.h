// SPDX-License-Identifier: Apache-2.0
//
// Hyperparameters: what a run was trained with, and what its experiment, the
// directory of all runs, wants to compare.
//
//   tblog::SummaryWriter root("runs");     // what TensorBoard will open
//   tblog::HParamsExperiment{{{"lr"}, {"opt"}}, {{"loss"}}}.write(root);
//   tblog::SummaryWriter writer = root.child("lr0.1");
//   writer.hparams({{"lr", 0.1}, {"opt", "adam"}});
//   … writer.scalar("loss", loss, step); …
//
// Each run with hyperparameters is a session, and its scalars are the metrics.
// TensorBoard does not find the metrics of a session that is the directory it
// was opened with: open the one above it. A metric at a step of 2^31 or more
// makes its table fail.

#ifndef TBLOG_HPARAMS_H_
#define TBLOG_HPARAMS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tblog/export.h"

namespace tblog {

class SummaryWriter;

// A number, a truth value or a text.
class HParamValue {
 public:
  enum class Type : uint8_t { kString = 1, kBool = 2, kNumber = 3 };

  // Numbers become double: integers beyond 2^53 the nearest one.
  template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
  HParamValue(T value) noexcept
      : type_(std::is_same_v<T, bool> ? Type::kBool : Type::kNumber),
        number_(static_cast<double>(value)) {}
  // A null pointer is an empty text.
  HParamValue(const char* value)
      : type_(Type::kString), text_(value == nullptr ? "" : value) {}
  HParamValue(std::string_view value) : type_(Type::kString), text_(value) {}
  HParamValue(std::string value) noexcept
      : type_(Type::kString), text_(std::move(value)) {}

  Type type() const noexcept { return type_; }
  // Of a truth value: 0 or 1. Of a text: 0.
  double number() const noexcept { return number_; }
  // Empty unless a text.
  const std::string& text() const noexcept { return text_; }

 private:
  Type type_;
  double number_ = 0;
  std::string text_;
};

// One hyperparameter of a session.
struct HParam {
  std::string name;
  HParamValue value;
};

struct HParamsOptions {
  // Sessions of one group are one row of the table, their metrics averaged:
  // for runs that differ by their seed only. Default: each run is a row of its
  // own, named as the run, whatever the others' values are.
  std::string group_name = {};

  // Shown as links. Default: none.
  std::string model_uri = {};
  std::string monitor_url = {};
};

// ---- The experiment ----

// Finite, min <= max.
struct HParamInterval {
  double min;
  double max;
};

// A column of the table.
struct HParamInfo {
  std::string name;
  // Shown instead of the name. Default: the name.
  std::string display_name = {};
  // Markdown. Default: none.
  std::string description = {};
  // What values there can be, all of one type. Default: not said.
  std::vector<HParamValue> values = {};
  // The same for numbers. Default: not said. Not together with `values`.
  std::optional<HParamInterval> interval = {};
};

enum class DatasetType : uint8_t { kUnknown, kTraining, kValidation };

// A scalar series that is a column of the table: its last value is shown.
struct MetricInfo {
  std::string tag;
  // Run below the session's, such as "eval", whose scalar it is. Default: the
  // session's own run.
  std::string group = {};
  std::string display_name = {};
  std::string description = {};
  DatasetType dataset_type = DatasetType::kUnknown;
};

// Which hyperparameters and metrics TensorBoard's table shows: these and no
// others. Without one it shows all that it finds.
struct HParamsExperiment {
  std::vector<HParamInfo> hparams = {};
  std::vector<MetricInfo> metrics = {};
  std::string name = {};
  std::string description = {};
  std::string user = {};

  // Writes it into the run of `root`, which should be the directory that
  // TensorBoard is opened with. Never throws; see SummaryWriter for how
  // failures are told.
  // Errors: refused are a second one, a `root` that is a child() of another
  //   writer, names and tags that are empty, not UTF-8, or given twice, and a
  //   domain other than HParamInfo says. What is refused may be written again,
  //   mended.
  TBLOG_EXPORT void write(SummaryWriter& root) const noexcept;
};

}  // namespace tblog

#endif  // TBLOG_HPARAMS_H_
