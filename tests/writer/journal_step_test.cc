// SPDX-License-Identifier: Apache-2.0
//
// A journal that is killed after any instruction: a child that appends, writes
// and releases is stepped through, and each state that its stores leave behind
// is drained from a copy.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "src/event/event_encoder.h"
#include "src/writer/journal.h"
#include "src/writer/journal_drain.h"
#include "tests/testing/parsed_events.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog::internal {
namespace {

using ::tblog::testing::IsOk;
using ::tblog::testing::parse_events;
using ::tblog::testing::TempDir;

constexpr int kRuns = 2;
constexpr int64_t kSteps = 20;
constexpr size_t kRingBytes = 1 << 10;
constexpr char kName[] = "events.out.tfevents.1700000000.host.7.000000";

// How many steps of each run append() has returned for; shared with the child.
using Returned = std::array<std::atomic<int64_t>, kRuns>;

std::string directory_of(int run) { return run == 0 ? "" : "sub"; }

// The child's side, whose system calls and allocations are few: it is stepped.
class Writer {
 public:
  Writer(const std::string& root, Returned& returned) : returned_(returned) {
    auto journal = Journal::create(
        root, {{"host", 7}, 1'700'000'000.0, "", {}, kRingBytes, 4096});
    if (!journal.ok()) ::_exit(1);
    journal_ = *std::move(journal);
    for (int run = 0; run < kRuns; ++run) {
      Stream& stream = streams_[static_cast<size_t>(run)];
      const std::string directory = root + "/" + directory_of(run);
      std::filesystem::create_directories(directory);
      stream.fd = ::open((directory + "/" + kName).c_str(),
                         O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
      stream.number = journal_->add_run(directory_of(run));
      const std::string head = first_records(1.0, {});
      stream.head = head.size();
      put(stream, head);
      for (int64_t step = 0; step < kSteps; ++step) {
        append_summary_record(stream.bytes, 1.0, 1000 + step, "");
        stream.ends.push_back(stream.bytes.size());
      }
    }
  }

  // Appends all steps in an order that mixes the runs; writes, in two pieces,
  // and releases where there is no room, or else at times.
  void run() {
    for (int64_t i = 0; i < kSteps; ++i) {
      log(0, i);
      if (i % 3 != 0) log(1, i - i / 3 - 1);
      if (i % 11 == 10) write(1);
      if (i % 7 == 6) write(0);
    }
  }

 private:
  struct Stream {
    int number = 0;
    int fd = -1;
    uint64_t head = 0;           // bytes of the file before the stream
    std::string bytes;           // all of it
    std::vector<uint64_t> ends;  // of its records
    uint64_t appended = 0;
    uint64_t written = 0;
  };

  static void put(const Stream& stream, std::string_view bytes) {
    if (::write(stream.fd, bytes.data(), bytes.size()) !=
        static_cast<ssize_t>(bytes.size()))
      ::_exit(2);
  }

  void log(size_t run, int64_t step) {
    Stream& stream = streams_[run];
    const uint64_t end = stream.ends[static_cast<size_t>(step)];
    const uint64_t bytes = end - stream.appended;
    if (!journal_->has_room(bytes)) {
      write(0);
      write(1);
    }
    journal_->append(
        stream.number, stream.appended,
        std::string_view(stream.bytes).substr(stream.appended, bytes));
    returned_[run].store(step + 1);
    stream.appended = end;
  }

  void write(size_t run) {
    Stream& stream = streams_[run];
    const std::string_view bytes =
        std::string_view(stream.bytes)
            .substr(stream.written, stream.appended - stream.written);
    if (bytes.empty()) return;
    journal_->note_write(stream.number, kName, stream.written,
                         stream.head + stream.written);
    put(stream, bytes.substr(0, bytes.size() / 2));
    put(stream, bytes.substr(bytes.size() / 2));
    stream.written = stream.appended;
    journal_->release(stream.number, stream.appended);
  }

  Returned& returned_;
  std::unique_ptr<Journal> journal_;
  std::array<Stream, kRuns> streams_;
};

std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What is on disk, and in the counts, at one moment.
struct State {
  std::string journal;
  std::array<std::string, kRuns> files;
  std::array<int64_t, kRuns> returned{};
};

class JournalStepTest : public ::testing::Test {
 protected:
  JournalStepTest()
      : memory_(::mmap(nullptr, sizeof(Returned), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0)),
        returned_(*new (memory_) Returned{}) {}
  ~JournalStepTest() override { ::munmap(memory_, sizeof(Returned)); }

  // A view of the child's journal.
  std::string_view map_journal() const {
    const int fd = ::open((dir_ / journal_).c_str(), O_RDONLY | O_CLOEXEC);
    const size_t bytes = std::filesystem::file_size(dir_ / journal_);
    const void* const memory =
        ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0);
    ::close(fd);
    EXPECT_NE(memory, MAP_FAILED);
    return {static_cast<const char*>(memory), bytes};
  }

  std::string path_of(size_t run) const {
    return dir_ / (directory_of(static_cast<int>(run)) + "/" + kName);
  }

  // Event files only grow.
  bool differs(const State& state, std::string_view journal) const {
    for (size_t run = 0; run < kRuns; ++run) {
      if (state.returned[run] != returned_[run] ||
          state.files[run].size() != std::filesystem::file_size(path_of(run)))
        return true;
    }
    return state.journal != journal;
  }

  State state(std::string_view journal) const {
    State state;
    state.journal = journal;
    for (size_t run = 0; run < kRuns; ++run) {
      state.files[run] = contents_of(path_of(run));
      state.returned[run] = returned_[run];
    }
    return state;
  }

  // Were the child killed now, all that had returned would be found, once.
  void expect_safe(const State& state) const {
    const TempDir copy;
    copy.write(journal_, state.journal);
    for (size_t run = 0; run < kRuns; ++run)
      copy.write(directory_of(static_cast<int>(run)) + "/" + kName,
                 state.files[run]);
    const auto report = drain_journals(copy.path());
    ASSERT_THAT(report, IsOk());
    ASSERT_THAT(report->problems, ::testing::IsEmpty());
    for (size_t run = 0; run < kRuns; ++run) {
      std::vector<std::string> paths;
      for (const auto& entry : std::filesystem::directory_iterator(
               copy / directory_of(static_cast<int>(run))))
        if (entry.is_regular_file()) paths.push_back(entry.path());
      std::sort(paths.begin(), paths.end());
      int64_t found = 0;
      for (const std::string& path : paths) {
        for (const auto& event : parse_events(contents_of(path)).events)
          if (event.has_summary()) {
            ASSERT_EQ(event.step(), 1000 + found);
            ++found;
          }
      }
      ASSERT_GE(found, state.returned[run]);
      ASSERT_LE(found, state.returned[run] + 1);
    }
  }

  TempDir dir_;
  const std::string journal_ = "tblog-journal.host.7.0";
  void* memory_;
  Returned& returned_;
};

TEST_F(JournalStepTest, HoldsAllThatReturnedAfterEachInstruction) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    Writer writer(dir_.path(), returned_);
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(3);
    ::raise(SIGSTOP);
    writer.run();
    ::raise(SIGSTOP);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (!WIFSTOPPED(status)) GTEST_SKIP() << "nothing may be traced";
  const std::string_view journal = map_journal();
  State last;
  int states = 0;
  int64_t instructions = 0;
  for (;; ++instructions) {
    if (differs(last, journal)) {
      last = state(journal);
      ++states;
      ASSERT_NO_FATAL_FAILURE(expect_safe(last)) << instructions;
    }
    ::ptrace(PTRACE_SINGLESTEP, pid, nullptr, nullptr);
    ::waitpid(pid, &status, 0);
    ASSERT_TRUE(WIFSTOPPED(status)) << status;
    if (WSTOPSIG(status) == SIGSTOP) break;
  }
  ::kill(pid, SIGKILL);
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(returned_[0], kSteps);
  EXPECT_GT(states, 100);
  RecordProperty("states", states);
  RecordProperty("instructions", std::to_string(instructions));
}

}  // namespace
}  // namespace tblog::internal
