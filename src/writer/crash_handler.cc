// SPDX-License-Identifier: Apache-2.0

#include "tblog/crash_handler.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <mutex>

#include "src/writer/live_writers.h"

namespace tblog {
namespace {

constexpr std::array kFatalSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::array kTerminationSignals = {SIGTERM, SIGINT, SIGHUP};
constexpr size_t kStackBytes = size_t{64} << 10;

// What stood at a signal before us.
struct Before {
  std::atomic<bool> known{false};
  struct sigaction action = {};
};

std::array<Before, NSIG> before;
std::atomic<bool> active{false};
std::atomic<int64_t> max_wait_ms{0};
std::atomic<std::terminate_handler> terminate_before{nullptr};
std::mutex installing;

// Whether the instruction that was interrupted will do it again.
bool is_fault(int signal, const siginfo_t* info) noexcept {
  if (info == nullptr || info->si_code <= 0) return false;
  if (signal == SIGBUS) return info->si_code != BUS_MCEERR_AO;
  return signal == SIGSEGV || signal == SIGFPE || signal == SIGILL;
}

void set_default(int signal) noexcept {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  ::sigaction(signal, &action, nullptr);
}

// The process ends as if we were not there, with the signal's own status: by
// the fault, which comes again, or by the same signal.
void die_by(int signal, const siginfo_t* info) noexcept {
  set_default(signal);
  if (is_fault(signal, info)) return;
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(signal);
}

// As the kernel would have called it.
void call_before(const struct sigaction& action, int signal, siginfo_t* info,
                 void* context) noexcept {
  sigset_t blocked = static_cast<const ucontext_t*>(context)->uc_sigmask;
  for (int other = 1; other < NSIG; ++other) {
    if (sigismember(&action.sa_mask, other) == 1) sigaddset(&blocked, other);
  }
  if ((action.sa_flags & SA_NODEFER) == 0) sigaddset(&blocked, signal);
  ::pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
  if ((action.sa_flags & SA_SIGINFO) != 0) {
    action.sa_sigaction(signal, info, context);
  } else {
    action.sa_handler(signal);
  }
}

bool has_function(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) != 0 ||
         (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
}

void pass_on(int signal, siginfo_t* info, void* context) noexcept {
  struct sigaction& place = before[static_cast<size_t>(signal)].action;
  const struct sigaction action = place;
  if (has_function(action)) {
    if ((action.sa_flags & SA_RESETHAND) != 0) {
      place.sa_flags = 0;
      place.sa_handler = SIG_DFL;
    }
    return call_before(action, signal, info, context);
  }
  // A fault cannot be ignored.
  if (action.sa_handler == SIG_IGN && !is_fault(signal, info)) return;
  die_by(signal, info);
}

// `last`: the process certainly dies now.
void dump(bool last) noexcept {
  if (active) internal::dump_live_writers(max_wait_ms, last);
}

void on_signal(int signal, siginfo_t* info, void* context) {
  const int error = errno;
  // What waits may be what has crashed us.
  if (internal::is_dumping() && is_fault(signal, info))
    internal::skip_dumped_writer();
  dump(before[static_cast<size_t>(signal)].action.sa_handler == SIG_DFL);
  errno = error;
  pass_on(signal, info, context);
}

[[noreturn]] void on_terminate() {
  dump(false);
  const std::terminate_handler next = terminate_before;
  if (next != nullptr) next();
  std::abort();
}

bool is_ours(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 &&
         action.sa_sigaction == &on_signal;
}

absl::Status system_error(absl::string_view what) {
  return absl::ErrnoToStatus(errno, what);
}

absl::Status install(int signal, bool unless_ignored) {
  Before& place = before[static_cast<size_t>(signal)];
  struct sigaction now = {};
  if (::sigaction(signal, nullptr, &now) != 0)
    return system_error("cannot look at a signal's handler");
  // Ours, or somebody's who calls ours.
  if (place.known) return absl::OkStatus();
  const bool ignored =
      (now.sa_flags & SA_SIGINFO) == 0 && now.sa_handler == SIG_IGN;
  if (unless_ignored && ignored) return absl::OkStatus();
  place.action = now;
  place.known = true;
  struct sigaction ours = {};
  ours.sa_sigaction = &on_signal;
  // A crash inside of the handler comes to the handler.
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER |
                  (now.sa_flags & (SA_RESTART | SA_NOCLDSTOP));
  sigfillset(&ours.sa_mask);
  for (const int fatal : kFatalSignals) sigdelset(&ours.sa_mask, fatal);
  if (::sigaction(signal, &ours, nullptr) == 0) return absl::OkStatus();
  place.known = false;
  return system_error("cannot install a signal's handler");
}

void uninstall(int signal) noexcept {
  Before& place = before[static_cast<size_t>(signal)];
  struct sigaction now = {};
  if (!place.known || ::sigaction(signal, nullptr, &now) != 0 || !is_ours(now))
    return;
  ::sigaction(signal, &place.action, nullptr);
  place.known = false;
}

// Where the handler runs when this thread's own stack is full. Never freed: the
// thread may be using it.
absl::Status give_thread_a_stack() {
  stack_t now = {};
  if (::sigaltstack(nullptr, &now) != 0)
    return system_error("cannot look at the stack for signals");
  if ((now.ss_flags & SS_DISABLE) == 0) return absl::OkStatus();
  void* const memory = ::mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED)
    return system_error("cannot get memory for the stack for signals");
  stack_t stack = {};
  stack.ss_sp = memory;
  stack.ss_size = kStackBytes;
  if (::sigaltstack(&stack, nullptr) == 0) return absl::OkStatus();
  const absl::Status status = system_error("cannot set the stack for signals");
  ::munmap(memory, kStackBytes);
  return status;
}

// Of a library that is unloaded, no code may be left to be called.
__attribute__((destructor)) void uninstall_at_unload() {
  uninstall_crash_handler();
}

}  // namespace

absl::Status install_crash_handler(const CrashHandlerOptions& options) {
  if (options.signals != CrashSignals::kFatal &&
      options.signals != CrashSignals::kFatalAndTermination)
    return absl::InvalidArgumentError(
        "CrashHandlerOptions::signals must be kFatal or kFatalAndTermination");
  if (options.max_wait < std::chrono::milliseconds(0) ||
      options.max_wait > std::chrono::seconds(10))
    return absl::InvalidArgumentError(
        "CrashHandlerOptions::max_wait must be 0 to 10 s");
  const std::lock_guard<std::mutex> lock(installing);
  if (absl::Status status = give_thread_a_stack(); !status.ok()) return status;
  max_wait_ms = options.max_wait.count();
  active = true;
  for (const int signal : kFatalSignals) {
    if (absl::Status status = install(signal, false); !status.ok())
      return status;
  }
  for (const int signal : kTerminationSignals) {
    if (options.signals == CrashSignals::kFatal) {
      uninstall(signal);
    } else if (absl::Status status = install(signal, true); !status.ok()) {
      return status;
    }
  }
  if (std::get_terminate() != &on_terminate)
    terminate_before = std::set_terminate(&on_terminate);
  return absl::OkStatus();
}

void uninstall_crash_handler() noexcept {
  const std::lock_guard<std::mutex> lock(installing);
  active = false;
  for (const int signal : kFatalSignals) uninstall(signal);
  for (const int signal : kTerminationSignals) uninstall(signal);
  if (std::get_terminate() == &on_terminate)
    std::set_terminate(terminate_before.exchange(nullptr));
}

}  // namespace tblog
