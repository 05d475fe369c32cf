// SPDX-License-Identifier: Apache-2.0
//
// The sessions of a hyperparameter search: what each was given and what came of
// it.

#ifndef TBLOG_TOOLS_TBLOG_SESSION_TABLE_H_
#define TBLOG_TOOLS_TBLOG_SESSION_TABLE_H_

#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "tools/tblog/selection.h"

namespace tblog::tool {

// The numbers of a series of scalars; those that are not finite count for
// `last` alone.
struct MetricSummary {
  double last = 0;
  std::optional<double> min;
  std::optional<double> max;
  std::optional<double> mean;
  uint64_t count = 0;
  int64_t last_step = 0;
};
MetricSummary summarize(const ChosenSeries& chosen);

// Whether more is better, by the words in the tag: accuracy, auc, f1, …; of
// others, losses and errors for example, less is.
bool more_is_better(const std::string& tag);

struct Session {
  std::string run;
  std::string status;  // unknown, success, failure, running
  std::map<std::string, HParamsValue::Datum> hparams;
  // By name: the tag, below the name of the sub-run that it is of.
  std::map<std::string, MetricSummary> metrics;
};

struct SessionTable {
  std::vector<Session> sessions;     // by run
  std::vector<std::string> hparams;  // by name
  std::vector<std::string> metrics;
};

// The sessions of the chosen series. Metrics: those whose names match one of
// `globs`; where there is none, those that the experiment names; where it names
// none, all. What cannot be read is told on `err`, and makes `all_read` false.
SessionTable session_table(const ChosenLogs& chosen,
                           const std::vector<std::string>& globs,
                           std::ostream& err, bool& all_read);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_SESSION_TABLE_H_
