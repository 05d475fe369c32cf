// SPDX-License-Identifier: Apache-2.0
//
// Core: what a writer and its children share: the queue, the thread that
// writes, the counts and the first failure. Thread-safe. Handles own it
// together through pointers to its runs; it closes when the last one goes.
//
// A logging call encodes its event on the caller's thread and appends it to its
// run's queue under one mutex. The I/O thread swaps queues out and writes them
// without the mutex; with a durability that writes through, the caller does,
// and where nothing waits, its scalars need no queue. No lock is held while
// user code (on_error) runs.

#ifndef TBLOG_SRC_WRITER_CORE_H_
#define TBLOG_SRC_WRITER_CORE_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "src/base/fork.h"
#include "src/event/event_encoder.h"
#include "src/summary/embedding.h"
#include "src/writer/core_lock.h"
#include "src/writer/deterministic.h"
#include "src/writer/free_space.h"
#include "src/writer/open_files.h"
#include "src/writer/previous_files.h"
#include "src/writer/reporter.h"
#include "src/writer/run.h"
#include "src/writer/stored_images.h"
#include "tblog/device.h"
#include "tblog/summary_writer.h"
#include "tblog/writer_options.h"

namespace tblog::internal {

// A value encoded outside of the lock.
struct EncodedValue {
  std::string_view tag;
  const Kind* kind;
  std::string_view message;  // a TensorProto, or what else `field` holds
  // The plugin's message, where it is not Kind::content. TensorBoard reads that
  // of a tag's first value.
  std::string_view content = {};
  ValueField field = kValueTensor;
  // Clips of an audio value: all values of a tag must have as many. 0: any.
  uint64_t parts = 0;
  // Where it is the one value of its event, and its images are to be stored:
  // `message` is what stands before their PNGs.
  const ImagesToStore* stored = nullptr;
};

// An event that is no summary.
struct EncodedEvent {
  EventField field;
  std::string_view message;
  // The series that TensorBoard's readers make of it; without a tag, none.
  std::string_view tag = {};
  const Kind* kind = nullptr;
};

// What is on its way from a device; of a value that waits behind one, neither.
struct DeviceValue {
  std::unique_ptr<DeviceResult<double>> number = {};
  std::unique_ptr<DeviceResult<Histogram>> histogram = {};

  bool is_host() const { return number == nullptr && histogram == nullptr; }
};

class Journal;

class Core : public std::enable_shared_from_this<Core> {
 public:
  // A core whose open() failed acts as a null writer with a status. Either way
  // the root run exists.
  static std::shared_ptr<Core> make(std::string_view logdir,
                                    const WriterOptions& options);
  // One whose open() has failed with `status`.
  static std::shared_ptr<Core> make_failed(const absl::Status& status,
                                           const WriterOptions& options);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // Of make(): OK, or why it acts as null. Not told to on_error.
  const absl::Status& open_status() const { return open_status_; }
  // Hands that failure to status() and on_error.
  void report_open_failure() noexcept;

  Run& root() { return *root_; }

  // ---- Which core a public call leads to; core_fork.cc ----
  // Every public call begins with one of these, since in a child of fork() no
  // lock of this core may be touched. What follows is for the process that made
  // the core, and does nothing elsewhere.

  // `run` itself; in a child of fork() what takes its place in the child's own
  // core, which is made where options say so. Null where calls lead nowhere.
  static Run* here(Run& run) noexcept {
    if (run.core.usable()) return &run;
    return run.core.forked() ? run.core.twin_in_child(run) : nullptr;
  }
  // The core alone, and none is made.
  Core* here() noexcept { return forked() ? successor() : this; }
  // What status() is where here() is null.
  absl::Status forked_status() const;

  // The sub-run `name` of `parent`, made where it is new; null if refused.
  Run* child(Run& parent, std::string_view name);

  bool enabled() const {
    return enabled_.load(std::memory_order_relaxed) && (!forked() || reopens());
  }

  // ---- Logging; each does nothing where open() failed ----

  void log_scalars(Run& run, std::span<const TagValue> values, At at);
  // All in one event; where the first value is refused, all are.
  void log_values(Run& run, std::span<const EncodedValue> values, At at);
  void log_event(Run& run, const EncodedEvent& event, At at);
  // What `value` becomes; core_device.cc.
  void log_device_value(Run& run, std::string_view tag, const Kind& kind, At at,
                        DeviceValue value);
  // Null: tensors on devices are refused.
  DeviceReducer* device() const { return options_.device; }
  // Whether images of so many bytes shall come stored, and be compressed by the
  // I/O thread: only where nothing is promised of a call that returned, and not
  // where so many wait that callers had better help.
  bool defers_images(uint64_t bytes) const;
  // Whether a value is worth encoding; where not, it is counted and reported.
  bool admits(Run& run, std::string_view tag, const Kind& kind, At at);
  bool should_log(const Run& run, std::string_view tag, At at) const;
  void describe(Run& run, std::string_view tag, const SeriesInfo& info);
  void set_step(Run& run, int64_t step);

  // For files beside event files, which the I/O thread writes; core_files.cc.
  // Whether `run` takes any now; where not, it is counted and reported.
  bool takes_events(Run& run);
  // The step that `at` stands for where no series has it.
  int64_t step_of(Run& run, At at, std::string_view name);
  void log_files(Run& run, EmbeddingFiles files);

  // Now, as an event would say it.
  double wall_time() const { return clock_->wall_time(); }

  // Counts and reports a value that cannot be logged.
  void refuse(Run& run, Cause cause, std::string_view tag,
              absl::string_view why);
  // Reports once what was written, but not as it was given.
  void remark(Run& run, Cause cause, std::string_view tag,
              absl::string_view what);
  // What a layer above has noticed: to on_error, and to status() if it is a
  // failure.
  void report(const absl::Status& status, bool failure) {
    if (!forked()) deliver({{status, failure}});
  }
  // Counts an event for which there was no memory.
  void lose_for_memory(Run& run) noexcept;

  // ---- Where the process dies; core_crash.cc ----
  // Async-signal-safe; one thread at a time, as live_writers.h sees to.

  // Writes what waits to the files, where these have descriptors. Waits up to
  // `wait_ms` for a lock that another thread has. `last`: nobody shall write
  // after it, and be interrupted in the middle by the process' end.
  void begin_dump(int64_t wait_ms, bool last) noexcept;
  // After it, also where it did not come to its end.
  void end_dump() noexcept;

  // ---- The end ----

  absl::Status flush(FlushLevel level);
  absl::Status close();
  absl::Status status() const;
  WriterStats stats() const;

 private:
  struct FileJob {
    Run* run;
    uint64_t number;  // as of chunks
    uint64_t bytes;
    EmbeddingFiles files;
  };

  // A value that comes from a device, or waits behind one.
  struct Awaited {
    Run* run = nullptr;
    std::string tag;
    Slot slot;  // but for its tag, message and content
    std::string message;
    std::string content;
    double wall_time = 0;
    int64_t step = 0;
    uint64_t number = 0;  // grows from one to the next
    uint64_t bytes = 0;   // that count as waiting
    DeviceValue value;
    Clock::Monotonic give_up_at{};
    double came_number = 0;
    uint64_t nonfinite = 0;
  };

  using Lock = std::unique_lock<std::mutex>;

  // Memory that events wait in, made at open so that logging does not allocate;
  // only what is used is ever touched.
  static constexpr size_t kFirstChunks = 16;
  static constexpr size_t kMaxChunkBytes = size_t{1} << 20;

  enum class Origin : uint8_t { kOpened, kAfterFork };

  Core(const WriterOptions& options, Origin origin);
  // A new one, with the outcome of start() in open_status().
  static std::unique_ptr<Core> start_new(std::string_view logdir,
                                         const WriterOptions& options,
                                         Origin origin);

  // ---- In a child of fork(); core_fork.cc ----
  // No lock of this core is touched there, and nothing of it freed.

  bool forked() const {
    return fork_count.load(std::memory_order_relaxed) != generation_;
  }
  // Whether calls lead anywhere in this core.
  bool usable() const { return open_status_.ok() && !forked(); }
  bool reopens() const;
  // This process's own core; null until something is logged here.
  Core* successor() const noexcept;
  Core* make_successor() const;
  Run* twin_in_child(const Run& run) const noexcept;
  static void release_in_child(Core* core);
  absl::Status start(std::string_view logdir);
  // Logs the ends of the sessions that hparams() began; log_hparams.cc.
  void end_sessions() noexcept;
  void add_run(std::string directory, const PreviousFiles& previous = {});
  Run* find_run(std::string_view directory);
  static void release(Core* core);

  // ---- Callers' side; core_queue.cc, core_scalars.cc ----

  // Last of all: on_error may have let go of the last handle, and with it of
  // this.
  void deliver(const Notices& notices) noexcept;

  class ScalarEvent;
  bool log_scalars_fast(Run& run, std::span<const TagValue> values, At at);
  bool is_plain(const Run& run, std::span<TagState* const> tags, int64_t step);
  double wall_time_of(Run& run, At at, std::string_view tag, Notices& notices);
  // Whether `run` takes events now; where not, counts one as lost.
  bool accepts(Run& run, Notices& notices);
  size_t find_slots(Run& run, std::span<const TagValue> values, At at,
                    double wall_time, std::span<Slot> slots, int64_t& step,
                    Notices& notices);
  void append_scalars(Lock& lock, Run& run, std::span<const Slot> slots,
                      double wall_time, int64_t step, Notices& notices);
  static std::string scalars_with_metadata(const Run& run,
                                           std::span<const Slot> slots);
  // Of all tags, where thin_scalars_after has left them out.
  void write_last_points(Lock& lock, Run& run, Notices& notices);
  // Whether all of an event may be written, as max_bytes_per_tag has it.
  bool take_bytes(Run& run, std::span<const Slot> slots, Notices& notices);
  void append_values(Lock& lock, Run& run, std::span<Slot> slots,
                     double wall_time, int64_t step,
                     const ImagesToStore* stored, Notices& notices);
  std::string take_spare(uint64_t bytes) noexcept;
  void append_event(Lock& lock, Run& run, const EncodedEvent& event,
                    double wall_time, int64_t step, Notices& notices);
  // `keep` and `stored`: as of chunks.
  void push_record(Run& run, std::string record, bool keep,
                   std::unique_ptr<StoredImages> stored = nullptr);

  // ---- Values of devices; core_device.cc ----

  Awaited& await_value(Run& run, const Slot& slot, double wall_time,
                       int64_t step);
  // The same of one that the host has, where its tag is awaited.
  void wait_behind(Run& run, const Slot& slot, double wall_time, int64_t step,
                   Notices& notices);
  bool waits_for_device() const;
  void ask_device(Lock& lock);
  absl::Status take_value(Awaited& awaited) const;
  void finish_awaited(Awaited& awaited, Notices& notices);
  void push_now(Run& run, std::span<const Slot> slots, double wall_time,
                int64_t step);
  void lose_awaited(const Awaited& awaited, const absl::Status& status,
                    Notices& notices);

  // ---- Durability::kJournaled; core_journal.cc ----

  // Writes what killed writers left in `directory` to files, behind which those
  // of this one shall sort.
  void drain_left_journals(const std::string& directory);
  // Where there can be none, what waits is but buffered; reported.
  void open_journal();
  // `run` is new.
  void add_to_journal(Run& run);
  // `record` is the last one of the queue, and not yet counted there.
  void keep_in_journal(Run& run, std::string_view record) noexcept;
  // What has left the queue, and is not being written.
  void release_from_journal(Run& run) noexcept;
  void remove_journal(Notices& notices) noexcept;
  // Whether the present file has had its bytes or its time.
  bool is_rotation_due(const Run& run) const;
  void rotate_if_due(Run& run);
  void begin_file(Run& run);
  // Unless the I/O thread shall: returns when all that waits of `run` is
  // written, by this thread or by the one that writes now, or lost.
  void write_through(Lock& lock, Run& run, Notices& notices);
  // Waits until `bytes` more may wait, or makes room for them, as
  // WriterOptions::overflow says. Where there is none in time, or the run stops
  // taking events meanwhile, counts the event as lost.
  bool await_room(Lock& lock, Run& run, uint64_t bytes, Notices& notices);
  bool has_room(uint64_t bytes) const;
  // Drops what is oldest, if that is enough.
  bool make_room(uint64_t bytes, Notices& notices);
  void drop_oldest();
  void report_full_queue(Notices& notices, absl::string_view what);
  Chunk& chunk_with_room(Run& run, size_t bytes);
  Chunk& add_chunk(Run& run, std::string&& bytes, bool keep = false);
  // Moves what waits of `run` to taken_, or as much of it as may be under way
  // at a time.
  void take_queue(Run& run);
  void count_event(Run& run, std::string_view record);
  // Whether it waits or is written at once.
  void count_logged(Run& run, uint64_t bytes);
  // `bytes` more wait to be written, by the I/O thread if it is woken.
  void count_waiting(uint64_t bytes, bool wake);
  void refuse_size(Run& run, std::string_view tag, Notices& notices);

  // ---- The side of what writes; core_io.cc ----
  // One thread at a time writes: the I/O thread, or with write_through() a
  // caller. Who does holds the turn, while the mutex is free.

  class Turn;

  void run_io();
  bool on_io_thread() const;
  bool is_urgent() const;
  Clock::Monotonic next_deadline() const;
  void write_pass(Lock& lock);
  void write_run(Lock& lock, Run& run, Notices& notices);
  // Whether a record that its caller writes needs no queue: nothing waits
  // before it, and nothing is to be looked after. `wall_time`: what the clock
  // has said just now, which saves asking the machine's twice.
  bool can_write_at_once(Run& run, uint64_t bytes,
                         std::optional<double> wall_time) const;
  void write_at_once(Lock& lock, Run& run, std::string_view record,
                     Notices& notices);
  // What became of `bytes` that were under way.
  void settle(Run& run, uint64_t bytes, const RunFile::Written& written,
              Notices& notices);
  void write_files(Lock& lock, Notices& notices);
  absl::Status room_for_files(Lock& lock, const FileJob& job, Notices& notices);
  void close_files(Lock& lock);
  void sync_run(Lock& lock, Run& run, Notices& notices);

  // ---- The same, where something is wrong; core_recovery.cc ----

  bool may_write(Lock& lock, Run& run, Notices& notices);
  void look_after(Lock& lock, Run& run, Notices& notices);
  void follow_fate(Run& run, const RunFile::Found& found, Notices& notices);
  void note_fate(Run& run, const RunFile::Found& found,
                 Notices& notices) noexcept;
  void stop_for_room(Run& run, const absl::Status& status, Notices& notices);
  void note_room(Run& run, const absl::Status& status,
                 Notices& notices) noexcept;
  void note_unmeasured(Notices& notices) noexcept;
  void start_failing(Run& run, const absl::Status& status, Notices& notices);
  void stop_run(Run& run);
  void lose_queue(Run& run);
  void note_failure(Run& run, std::string_view what, const absl::Status& status,
                    Notices& notices) noexcept;
  void retry_run(Lock& lock, Run& run, Notices& notices);
  uint64_t drop_queue(Run& run);
  void recycle(std::vector<Chunk>& chunks) noexcept;
  void recycle(Chunk& chunk) noexcept;
  absl::Status closing_status() const;
  // For those who never ask close(): tells on_error how much was lost.
  void report_losses() noexcept;

  const WriterOptions options_;
  const Origin origin_;
  FileSystem* const file_system_;
  FixedWallClock fixed_clock_;
  Clock* const clock_;
  const bool has_real_clock_;   // the machine's
  uint64_t max_pending_bytes_;  // the option, or what the journal can hold
  const size_t chunk_bytes_;
  const uint64_t write_early_bytes_;
  // Whether scalars may go the short way: nothing is asked of them but to be
  // written.
  const bool has_short_way_;
  Reporter reporter_;
  absl::Status open_status_;
  Run* root_ = nullptr;  // as the two before, fixed by make()
  std::atomic<bool> enabled_{false};

  mutable std::mutex mutex_;
  Crowd crowd_;                     // that wants it
  std::condition_variable wakeup_;  // for the I/O thread
  std::condition_variable room_;    // for callers before a full queue
  std::condition_variable done_;    // for flush()
  std::condition_variable turn_;    // for who wants to write

  // Of who has the turn.
  OpenFiles open_files_;
  FreeSpace free_space_;

  std::vector<std::unique_ptr<Run>> runs_;  // only ever grows
  std::atomic<Run*> last_run_{nullptr};     // the same, for begin_dump()
  std::vector<std::string> free_chunks_;
  // Of the last images that were compressed, for the next ones: fresh memory
  // costs several times the copy into it.
  std::string spare_record_;
  std::vector<std::vector<Slot>> free_slots_;
  std::vector<FileJob> file_jobs_;
  std::list<Awaited> awaited_;  // only the I/O thread takes out
  uint64_t awaited_bytes_ = 0;
  uint64_t next_awaited_ = 1;
  uint64_t flush_awaited_ = 0;  // a flush waits for those before it
  uint64_t asked_ = 0;          // how often the device was
  Clock::Monotonic ask_at_{};
  uint64_t next_chunk_ = 1;    // its Chunk::number
  uint64_t queued_bytes_ = 0;  // in the queues of the runs, and in file_jobs_
  uint64_t in_flight_bytes_ = 0;  // taken by the I/O thread, not yet written
  uint64_t calls_ = 0;            // of scalars(), to find a tag given twice
  WriterStats stats_;
  std::unique_ptr<Journal> journal_;  // with kJournaled, where that can be
  bool drained_ = false;              // what a killed writer left
  uint64_t lost_ = 0;  // of stats_.dropped, those lost before close()

  bool closing_ = false;
  bool hurry_ = false;  // a caller waits for room
  uint64_t flush_requested_ = 0;
  uint64_t flush_done_ = 0;
  bool sync_requested_ = false;

  const uint32_t generation_ = fork_generation();
  mutable std::atomic<Core*> successor_{nullptr};  // never changes once set

  bool turn_taken_ = false;
  ByteQueue taken_;           // by who has the turn
  Run* taken_for_ = nullptr;  // whose that is

  bool dump_has_lock_ = false;
  WriteGate* dump_gate_ = nullptr;

  // The I/O thread's own.
  Clock::Monotonic flush_at_ = Clock::Monotonic::max();

  std::mutex close_mutex_;  // one close() at a time
  bool closed_ = false;
  absl::Status close_status_;
  std::atomic<bool> orphaned_{false};  // the I/O thread shall delete this
  std::thread thread_;
  std::atomic<std::thread::id> io_thread_id_{};
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_CORE_H_
