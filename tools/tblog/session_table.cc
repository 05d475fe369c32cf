// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/session_table.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "tools/tblog/display_text.h"
#include "tools/tblog/value_json.h"

namespace tblog::tool {
namespace {

std::string metric_name(const std::string& group, const std::string& tag) {
  return group.empty() ? tag : group + "/" + tag;
}

// What the hparams series of all runs say.
struct Declared {
  std::map<std::string, Session> sessions;  // by run
  std::set<std::string> hparams;
  std::vector<std::string> metrics;  // of experiments
};

void read_value(const std::string& run, const HParamsValue& value,
                Declared& declared) {
  using SessionStart = HParamsValue::SessionStart;
  using SessionEnd = HParamsValue::SessionEnd;
  using Experiment = HParamsValue::Experiment;
  if (const auto* start = std::get_if<SessionStart>(&value.what)) {
    Session& session = declared.sessions[run];
    for (const auto& [name, datum] : start->hparams) {
      session.hparams[name] = datum;
      declared.hparams.insert(name);
    }
  } else if (const auto* end = std::get_if<SessionEnd>(&value.what)) {
    declared.sessions[run].status = hparams_status_name(end->status);
  } else if (const auto* experiment = std::get_if<Experiment>(&value.what)) {
    for (const HParamsValue::HParam& hparam : experiment->hparams)
      declared.hparams.insert(hparam.name);
    for (const HParamsValue::Metric& metric : experiment->metrics) {
      const std::string name = metric_name(metric.group, metric.tag);
      if (std::find(declared.metrics.begin(), declared.metrics.end(), name) ==
          declared.metrics.end())
        declared.metrics.push_back(name);
    }
  }
}

Declared read_declared(const ChosenLogs& chosen, std::ostream& err,
                       bool& all_read) {
  Declared declared;
  for (const ChosenSeries& series : chosen.series) {
    if (series.series.kind() != ValueKind::kHParams) continue;
    try {
      for (const size_t index : series.indices)
        read_value(series.run, value_or_throw(series.series.hparams(index)),
                   declared);
    } catch (const UnreadableValue& error) {
      all_read = false;
      err << "tblog: warning: " << printable(series.run) << " "
          << printable(series.series.tag()) << ": " << printable(error.what())
          << '\n';
    }
  }
  return declared;
}

// The session that a run belongs to, itself or the nearest above it, and the
// name of the run below it; null: none.
Session* session_of(std::map<std::string, Session>& sessions,
                    const std::string& run, std::string& group) {
  for (std::string above = run;;) {
    const auto found = sessions.find(above);
    if (found != sessions.end()) {
      group = above == run ? "" : run.substr(above.size() + 1);
      if (above == "." && run != ".") group = run;
      return &found->second;
    }
    const size_t slash = above.rfind('/');
    if (slash != std::string::npos)
      above.resize(slash);
    else if (above != ".")
      above = ".";
    else
      return nullptr;
  }
}

}  // namespace

MetricSummary summarize(const ChosenSeries& chosen) {
  MetricSummary summary;
  double sum = 0;
  uint64_t finite = 0;
  for (const size_t index : chosen.indices) {
    const double value = chosen.series.values()[index];
    summary.last = value;
    summary.last_step = chosen.series.steps()[index];
    ++summary.count;
    if (!std::isfinite(value)) continue;
    summary.min = std::min(summary.min.value_or(value), value);
    summary.max = std::max(summary.max.value_or(value), value);
    sum += value;
    ++finite;
  }
  if (finite > 0) summary.mean = sum / static_cast<double>(finite);
  return summary;
}

bool more_is_better(const std::string& tag) {
  std::string lower;
  for (const char c : tag)
    lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const char* word :
       {"acc", "auc", "precision", "recall", "f1", "score", "reward", "return",
        "bleu", "rouge", "iou", "map", "psnr", "ssim"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

SessionTable session_table(const ChosenLogs& chosen,
                           const std::vector<std::string>& globs,
                           std::ostream& err, bool& all_read) {
  Declared declared = read_declared(chosen, err, all_read);
  std::set<std::string> names;
  for (const ChosenSeries& series : chosen.series) {
    if (series.series.kind() != ValueKind::kScalar) continue;
    std::string group;
    Session* session = session_of(declared.sessions, series.run, group);
    if (session == nullptr) continue;
    const std::string name = metric_name(group, series.series.tag());
    const bool wanted =
        !globs.empty()
            ? std::any_of(globs.begin(), globs.end(),
                          [&](const std::string& glob) {
                            return matches_glob(glob, name);
                          })
            : declared.metrics.empty() ||
                  std::find(declared.metrics.begin(), declared.metrics.end(),
                            name) != declared.metrics.end();
    if (!wanted) continue;
    session->metrics[name] = summarize(series);
    names.insert(name);
  }
  SessionTable table;
  table.hparams.assign(declared.hparams.begin(), declared.hparams.end());
  table.metrics.assign(names.begin(), names.end());
  for (auto& [run, session] : declared.sessions) {
    session.run = run;
    if (session.status.empty()) session.status = "running";
    table.sessions.push_back(std::move(session));
  }
  return table;
}

}  // namespace tblog::tool
