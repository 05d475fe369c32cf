// SPDX-License-Identifier: Apache-2.0
//
// What stands in a journal: a header, the runs of its writer, and a ring of
// their records. Numbers are the machine's own; a journal never leaves it.
//
// Each run is one stream of framed records, in the order of the calls; a
// position counts the bytes of the stream before. The run says which position
// its event file has at which length, so that the length that a dead writer's
// file has tells which records of the ring it lacks.

#ifndef TBLOG_SRC_WRITER_JOURNAL_LAYOUT_H_
#define TBLOG_SRC_WRITER_JOURNAL_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tblog::internal {

// Of a journal's file: this, then what tells it apart. Without "tfevents".
constexpr std::string_view kJournalPrefix = "tblog-journal.";

// "tblogjn1" where the lowest byte comes first. Stored last.
constexpr uint64_t kJournalMagic = 0x316e6a676f6c6274;

// NAME_MAX and a NUL.
constexpr size_t kJournalNameBytes = 256;

struct JournalHeader {
  uint64_t magic;
  uint64_t runs_begin;  // offset in the file, as the three below
  uint64_t ring_begin;
  uint64_t ring_bytes;  // a multiple of 8
  double wall_time;     // of the writer's open()
  int64_t start_step;   // with has_start_step: of WriterOptions::resume_step
  uint64_t has_start_step;
  int64_t pid;
  char host[kJournalNameBytes];
  char suffix[kJournalNameBytes];

  // What changes while events are logged, each by a store of its own. The ring
  // holds what lies between, modulo ring_bytes; nothing where head >= tail.
  alignas(64) uint64_t tail;
  alignas(64) uint64_t head;
  alignas(64) uint64_t run_bytes;  // of the whole JournalRuns, from runs_begin
};

// Where in an event file a position is.
struct JournalPlace {
  uint64_t position;
  uint64_t offset;
  char name[kJournalNameBytes];  // of the file in the run's directory; "": none
};

struct JournalRun {
  uint32_t bytes;            // of all this, a multiple of 8
  uint32_t directory_bytes;  // of its path below the journal's, which follows
  uint64_t released;         // the position before which nothing is needed
  uint32_t place;            // 0 or 1: the one that counts
  uint32_t unused;
  JournalPlace places[2];
  // By who drains: the file that it makes, and how long it is when whole.
  uint64_t drained_bytes;
  char drained_name[kJournalNameBytes];
};

// In the ring, at multiples of 8; records of one run, one after the other,
// follow.
struct JournalEntry {
  // The rest of the ring is empty.
  static constexpr uint32_t kSkip = UINT32_MAX;

  uint64_t position;
  uint32_t run;    // the number in the order of JournalRuns, or kSkip
  uint32_t bytes;  // of the records; 0: to the tail
};

constexpr uint64_t journal_aligned(uint64_t at) { return (at + 7) & ~7ull; }

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_JOURNAL_LAYOUT_H_
