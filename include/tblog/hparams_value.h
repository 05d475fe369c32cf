// SPDX-License-Identifier: Apache-2.0
//
// What the HParams page is made of: the hyperparameters of a session at its
// start, its status at its end, and the experiment that says which
// hyperparameters and metrics there are.

#ifndef TBLOG_HPARAMS_VALUE_H_
#define TBLOG_HPARAMS_VALUE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tblog {

struct HParamsValue {
  // Monostate: null, a list or a struct, which TensorBoard does not show.
  using Datum = std::variant<std::monostate, double, bool, std::string>;

  struct SessionStart {
    std::vector<std::pair<std::string, Datum>> hparams;  // by name, in bytes
    std::string group_name;
    std::string model_uri;
    std::string monitor_url;
    double start_time_secs = 0;  // since the epoch
  };

  enum class Status : uint8_t { kUnknown, kSuccess, kFailure, kRunning };

  struct SessionEnd {
    Status status = Status::kUnknown;
    double end_time_secs = 0;
  };

  enum class Type : uint8_t { kUnset, kString, kBool, kFloat };

  struct Interval {
    double min = 0;
    double max = 0;
  };

  struct HParam {
    std::string name;
    std::string display_name;
    std::string description;
    Type type = Type::kUnset;
    // Which values it may have. Monostate: any.
    std::variant<std::monostate, std::vector<Datum>, Interval> domain;
  };

  enum class Dataset : uint8_t { kUnknown, kTraining, kValidation };

  // A scalar series of the sessions.
  struct Metric {
    std::string group;  // the run below the session; empty: the session's own
    std::string tag;
    std::string display_name;
    std::string description;
    Dataset dataset = Dataset::kUnknown;
  };

  struct Experiment {
    std::string name;
    std::string description;
    std::string user;
    double time_created_secs = 0;
    std::vector<HParam> hparams;
    std::vector<Metric> metrics;
  };

  // Monostate: none of them, which TensorBoard does not show.
  std::variant<std::monostate, SessionStart, SessionEnd, Experiment> what;
};

}  // namespace tblog

#endif  // TBLOG_HPARAMS_VALUE_H_
