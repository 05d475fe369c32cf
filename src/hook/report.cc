// SPDX-License-Identifier: Apache-2.0

#include "src/hook/report.h"

#include <exception>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/writer/report.h"

namespace tblog::internal {
namespace {

// An on_error that makes new reports shall not call itself for ever.
thread_local bool telling = false;

}  // namespace

absl::Status describe_exception(std::string_view where) {
  try {
    throw;
  } catch (const std::exception& error) {
    return absl::UnknownError(
        absl::StrCat(to_absl(where), " threw: ", error.what()));
  } catch (...) {
    return absl::UnknownError(
        absl::StrCat(to_absl(where), " threw something unknown"));
  }
}

bool HookReports::first_time(const absl::Status& status, std::string_view cause,
                             bool failure) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (failure) status_.Update(status);
  if (reports_.size() >= kMaxReports) return false;
  const std::string message(to_std(status.message()));
  if (!told_.insert(cause.empty() ? message : std::string(cause)).second) {
    return false;
  }
  reports_.push_back(message);
  return true;
}

void HookReports::report(const absl::Status& status, std::string_view cause,
                         bool failure) noexcept {
  if (forked()) return;
  try {
    if (!first_time(status, cause, failure) || telling) return;
    telling = true;
    internal::report(writer_, status, failure);
    if (on_error_) on_error_(status);
  } catch (...) {  // of on_error, or no memory: there is nobody left to tell
  }
  telling = false;
}

void HookReports::tell(const absl::Status& status,
                       std::string_view cause) noexcept {
  report(status, cause, true);
}

void HookReports::remark(const absl::Status& status,
                         std::string_view cause) noexcept {
  report(status, cause, false);
}

void HookReports::refuse(const absl::Status& status,
                         std::string_view cause) noexcept {
  refused_.fetch_add(1, std::memory_order_relaxed);
  report(status, cause, true);
}

void HookReports::caught(std::string_view where,
                         std::string_view layer) noexcept {
  try {
    std::string what(where);
    if (!layer.empty()) what += " \"" + escaped(layer) + "\"";
    exception(describe_exception(what));
  } catch (...) {  // no memory for the message
    exceptions_.fetch_add(1, std::memory_order_relaxed);
  }
}

void HookReports::exception(const absl::Status& status) noexcept {
  exceptions_.fetch_add(1, std::memory_order_relaxed);
  tell(status);
}

absl::Status HookReports::status() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return status_;
}

std::vector<std::string> HookReports::all() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return reports_;
}

HookStats HookReports::stats() const noexcept {
  HookStats stats;
  stats.observed = observed.load(std::memory_order_relaxed);
  stats.logged = logged.load(std::memory_order_relaxed);
  stats.refused = refused_.load(std::memory_order_relaxed);
  stats.exceptions = exceptions_.load(std::memory_order_relaxed);
  stats.findings = findings.load(std::memory_order_relaxed);
  stats.broken_steps = broken_steps.load(std::memory_order_relaxed);
  return stats;
}

}  // namespace tblog::internal
