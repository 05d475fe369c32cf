// SPDX-License-Identifier: Apache-2.0
//
// How a SummaryWriter behaves, and what it says of itself.

#ifndef TBLOG_WRITER_OPTIONS_H_
#define TBLOG_WRITER_OPTIONS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "tblog/clock.h"
#include "tblog/file_system.h"

namespace tblog {

class DeviceReducer;

// What happens to a value whose step is not larger than the last one of its
// tag. TensorBoard's Rust reader keeps only the last of equal steps and erases
// what is not smaller than a new one; its Python reader keeps all. Either way
// it is reported once a tag.
enum class OnStepBack : uint8_t {
  kWrite,  // write it all the same
  kDrop,   // drop it and count it in WriterStats::refused; no failure
};

// When a logged event leaves this process.
enum class Durability : uint8_t {
  // At most max_flush_delay after the call, by a thread of the writer's own.
  kBuffered,
  // Before the call returns, by the caller's thread: a kill -9 loses nothing.
  // The call takes as long as the file system does; max_block bounds only the
  // wait for room.
  kWriteThrough,
  // As kWriteThrough, and onto the disk (fdatasync, and the directories of a
  // new file):
  // nor does a crash of the machine.
  kSync,
  // As kBuffered, and what waits is kept in a second place, a file
  // "tblog-journal.…" beside the log that outlives a kill -9 (not a crash of
  // the machine): the next writer that is opened in the directory, or
  // drain_journals() of tblog/journal.h, writes it to a new event file, and
  // nothing of a call that returned is lost. Costs a copy of each event, and
  // 17 MiB of disk while the writer lives. At most 16 MiB wait, whatever
  // max_pending_bytes says; a larger event, and those of sub-runs beyond some
  // 1,500, are written through. A disk that stalls may stall a call, which the
  // kernel makes wait for a page.
  // Where the journal cannot be made (a full disk), or the file system keeps no
  // blocks reserved (one of a network, FUSE, btrfs, ZFS), it is kBuffered, and
  // that is reported. Needs FileSystem::real().
  kJournaled,
};

// Where the wall time of an event comes from that is given none.
enum class WallClock : uint8_t {
  // The machine's clock, to the microsecond. Where the processor's counter is
  // what the kernel takes its time from (x86-64 mostly), that is read instead,
  // and a step of the clock is seen within some milliseconds.
  kPrecise,
  // What the kernel noted at its last tick: up to 10 ms late (4 ms on most
  // machines), so that many events have the same wall time. Costs less where
  // there is no such counter.
  kCoarse,
};

// What happens to a logged event while WriterOptions::max_pending_bytes wait.
// Either way what is lost is counted in WriterStats::dropped and reported once.
enum class Overflow : uint8_t {
  // The call waits for room, up to max_block; then its event is dropped. What
  // is there is the beginning of a stall.
  kBlock,
  // The call never waits: what has waited longest is dropped, a chunk of a
  // sixteenth of max_pending_bytes at a time (at most 1 MiB, or a single larger
  // event). What is there is the end of a stall. Kept are what a run logs once
  // (hyperparameters, layouts, graphs) and what is being written, which is at
  // most a quarter of what may wait; where it would not be enough to drop all
  // the rest, the new event is dropped.
  kDropOldest,
};

// What a writer is in a child of fork(), where the thread that writes does not
// live.
enum class AfterFork : uint8_t {
  // Calls return at once and do nothing; status() says so. The parent's writer
  // goes on.
  kInert,
  // The first call opens files of the child's own in the same directories. The
  // tags of parent and child must differ, since TensorBoard's data server keeps
  // one line of steps for each.
  kReopen,
};

// How one SummaryWriter and its children behave. A plain aggregate: change the
// fields you care about. open() checks all of it before any file or thread
// exists.
struct WriterOptions {
  // ---- What is on disk ----

  // Appended to the file name; must not contain '/'. Default: none.
  std::string filename_suffix = {};

  // Default: written all the same.
  OnStepBack on_step_back = OnStepBack::kWrite;

  // The step at which this writer goes on where an earlier one in the same
  // directory ended: it writes new files, never into old ones, and what stands
  // at this step or after it is cut: by TensorBoard's Python reader for all
  // tags, by its data server for those that are logged again. Default: begins
  // without regard to what is there.
  std::optional<int64_t> resume_step = {};

  // Once a run's file has had so many bytes, its next event begins a new one,
  // which goes on where the old one ends. Smaller: files that can be shipped or
  // deleted sooner. 0: never. Valid: 0, or 1 KiB and up. Default: never.
  uint64_t max_file_bytes = 0;

  // The same once the file's first event is so old. 0: never. Valid: 0, or 1 s
  // to 10 years. Default: never.
  std::chrono::seconds max_file_age{0};

  // Scalars, histograms, images and audio in the form of TensorFlow 1
  // (simple_value, histo, image, audio), for tools that know no other; both of
  // TensorBoard's readers show them alike. A batch becomes a tag an image,
  // `<tag>/image/0` and so on. Other kinds have no old form. Default: the form
  // of today.
  bool legacy_values = false;

  // Identical files for identical calls of one thread: an event that names no
  // wall time gets 1,000,000,000 (in 2001), and the name of the file neither
  // time nor host nor process. Where such a file exists already, its counter
  // tells the next one apart. Default: what the clock and the machine say.
  bool deterministic = false;

  // Thins out each tag's scalars, for runs of weeks: so many values are written
  // as they come, then as many of every second one, as many of every fourth,
  // and so on. With N, n values become at most N * (1 + log2(n / N + 1)) points
  // (N = 1,000: 10^8 values become 17,600), each within 1/N of the way so far
  // from the next. The first value is always written, and the newest one by
  // flush() and close(); what waits for them is lost when the process dies.
  // Which values are written does not depend on time. Larger: more points. 0:
  // all. Valid: 0 to 2^32. Default: all.
  uint64_t thin_scalars_after = 0;

  // Encoded bytes that the values of one tag may have together, in all files of
  // this writer, for kinds other than scalars: histograms, images, audio,
  // texts, tensors, curves, each part of a mesh. The first value that would
  // pass it and all that follow are dropped and counted in
  // WriterStats::refused, reported once a tag; no failure. An event of which
  // one value is dropped is dropped as a whole. Not for what a run logs once
  // (hyperparameters, layouts, graphs). Larger: more on disk. 0: no limit.
  // Default: no limit.
  uint64_t max_bytes_per_tag = 0;

  // ---- What it costs ----

  // Of events; embeddings are files of their own, written by the writer's
  // thread whatever is said here. Default: an event may stay in this process
  // for max_flush_delay.
  Durability durability = Durability::kBuffered;

  // Longest time a logged event stays in this process. Larger: fewer writes,
  // more lost by a kill -9. For kBuffered and kJournaled. Valid: 1 ms to 1 h.
  // Default: 1 s.
  std::chrono::milliseconds max_flush_delay{1000};

  // Encoded bytes that may wait for the I/O thread; a larger single event
  // passes alone through an empty queue, and is dropped where that is not
  // empty in time. Their memory is at most twice as much. Larger: fewer stalls
  // on a slow disk, more lost if the process dies. Valid: 64 KiB to 4 GiB.
  // Default: 64 MiB. (A writer sets aside 16 chunks of at most 1 MiB when it
  // is opened; what of it is never needed stays untouched, and what a slow disk
  // has once made it touch the process may keep.)
  size_t max_pending_bytes = size_t{64} << 20;

  // What gives way while so many wait. For Durability::kBuffered; otherwise
  // kBlock. Default: the caller's time, then the newest event.
  Overflow overflow = Overflow::kBlock;

  // Longest time a logging call waits with Overflow::kBlock. Larger: fewer
  // losses on a slow disk, longer stalls. Valid: 0 (never wait) to 1 h.
  // Default: 100 ms.
  std::chrono::milliseconds max_block{100};

  // With WriterOptions::clock, that is asked instead. Default: precise.
  WallClock wall_clock = WallClock::kPrecise;

  // Tags of a run whose step, kind and metadata are remembered. The values of
  // tags beyond are written with their metadata each time, and steps and kinds
  // are not checked, nor are they thinned out or limited; reported once.
  // Larger: more memory, up to 300 bytes a tag beside its text. Valid: 1 to
  // 100,000,000. Default: 100,000.
  size_t max_tags = 100'000;

  // Files that a writer and its children hold open at a time. Of more runs than
  // that, the one written least recently closes its file, and opens it again,
  // the same one, to go on. Larger: fewer system calls (three for each change
  // from one run to another), more of what `ulimit -n` allows. A FileSystem
  // that cannot suspend files keeps all open. Valid: 1 to 1,000,000. Default:
  // 64.
  size_t max_open_files = 64;

  // ---- When it fails ----

  // While the file system of a run has fewer free bytes, its events are dropped
  // and counted, and reported once; its file goes on when there is room again,
  // which is looked at after 1, 2, 4, … 60 s. Larger: more is left for others,
  // such as the checkpoints of the same training. Cost: a look a second. Quotas
  // are not seen. 0: no limit. Valid: any. Default: no limit.
  uint64_t min_free_bytes = 0;

  // How long a value that comes from a device (see WriterOptions::device) is
  // waited for, from the call on; then it is lost, counted and reported. Later
  // values of its tag wait behind it so long, and so do flush() and close().
  // Larger: a busier device loses nothing. Valid: 1 ms to 1 h. Default: 5 s.
  std::chrono::milliseconds device_timeout{5000};

  // Default: the parent's alone.
  AfterFork after_fork = AfterFork::kInert;

  // Hears of each cause of failure or refusal once, without a lock held, on the
  // thread where it was noticed, so that several threads may be in it at a
  // time; what it throws is swallowed. It may log, flush, close and let go of
  // the writer; on the thread that writes, flush() and close() fail. Default:
  // one line on stderr.
  std::function<void(const absl::Status&)> on_error = {};

  // ---- What it stands on (for tests and other stores) ----

  // Null: FileSystem::real(). Must outlive the writer.
  FileSystem* file_system = nullptr;

  // Null: Clock::real(). Must outlive the writer.
  Clock* clock = nullptr;

  // Computes numbers of tensors that lie on a device, for scalar() and
  // histogram(); such as cuda_device() of tblog/cuda.h. What it computes leaves
  // the process as with kBuffered, whatever the durability: a call returns
  // before there is a number. Null: such tensors are refused. Must outlive the
  // writer.
  DeviceReducer* device = nullptr;
};

// Counts over the life of a writer, its children included.
struct WriterStats {
  uint64_t events = 0;   // events, and embeddings, accepted from logging calls
  uint64_t bytes = 0;    // bytes that reached files, framing included
  uint64_t dropped = 0;  // events accepted or acceptable, but lost: full queue,
                         // failing disk, after close()
  uint64_t refused = 0;  // values that could not be logged as given: empty tag,
                         // wrong shape, another kind, a step back under
                         // OnStepBack::kDrop, …
  uint64_t thinned = 0;  // scalars left out by thin_scalars_after
  // How often writing went on: in a new file after one could not be written or
  // was not in its place any more, or after min_free_bytes had stopped it.
  uint64_t recovered = 0;
  uint64_t pending_bytes = 0;  // bytes that wait for the I/O thread now
};

}  // namespace tblog

#endif  // TBLOG_WRITER_OPTIONS_H_
