// SPDX-License-Identifier: Apache-2.0
//
// Damage for tests: what is done to bytes, and who must bear it.

#ifndef TBLOG_TESTS_READER_HOSTILE_H_
#define TBLOG_TESTS_READER_HOSTILE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tblog/event_reader.h"
#include "tblog/log_reader.h"
#include "tests/testing/status_matchers.h"

namespace tblog::testing {

// Values that open() has looked at, but for their size or what is inside.
inline bool may_be_refused(const absl::Status& status) {
  return absl::IsResourceExhausted(status) || absl::IsInvalidArgument(status);
}

// Reads the value as its own kind, and as the tensor that it may be.
inline void read_value(const Series& series, size_t i) {
  switch (series.kind()) {
    case ValueKind::kScalar:
      ASSERT_EQ(series.values().size(), series.size());
      return;
    case ValueKind::kHistogram:
      ASSERT_THAT(series.histogram(i), IsOk());
      return;
    case ValueKind::kImage:
      ASSERT_THAT(series.image(i), IsOk());
      return;
    case ValueKind::kAudio:
      ASSERT_THAT(series.audio(i), IsOk());
      return;
    case ValueKind::kText:
      // Only a text that would be repeated too often.
      if (absl::StatusOr<TextValue> text = series.text(i); !text.ok()) {
        ASSERT_THAT(text, StatusIs(absl::StatusCode::kResourceExhausted));
      }
      return;
    case ValueKind::kLayout:
      ASSERT_THAT(series.layout(i), IsOk());
      break;
    case ValueKind::kSession:
      ASSERT_THAT(series.session(i), IsOk());
      return;
    case ValueKind::kPrCurve: {
      const auto value = series.pr_curve(i);
      ASSERT_TRUE(value.ok() || may_be_refused(value.status()));
      if (!value.ok()) return;
      ASSERT_EQ(value->thresholds.size(), value->recall.size());
      break;
    }
    case ValueKind::kMesh: {
      const auto value = series.mesh(i);
      ASSERT_TRUE(value.ok() || may_be_refused(value.status()));
      break;
    }
    case ValueKind::kHParams: {
      const auto value = series.hparams(i);
      ASSERT_TRUE(value.ok() || may_be_refused(value.status()));
      break;
    }
    case ValueKind::kGraph: {
      const auto value = series.graph(i);
      ASSERT_TRUE(value.ok() || may_be_refused(value.status()));
      break;
    }
    case ValueKind::kRunMetadata: {
      const auto value = series.run_metadata(i);
      ASSERT_TRUE(value.ok() || may_be_refused(value.status()));
      break;
    }
    default:
      break;
  }
  (void)series.tensor(i).ok();
}

// Reads everything that the file or directory offers.
inline void read_log(const std::string& path) {
  absl::StatusOr<LogReader> log = LogReader::open(path);
  ASSERT_THAT(log, IsOk());
  for (const tblog::Run& run : log->runs()) {
    for (const Series& series : run.series()) {
      ASSERT_EQ(series.steps().size(), series.wall_times().size());
      for (size_t i = 0; i < series.size(); ++i)
        ASSERT_NO_FATAL_FAILURE(read_value(series, i));
    }
    for (const MeshSeries& mesh : run.meshes()) {
      for (size_t i = 0; i < mesh.vertices->size(); ++i) {
        const auto value = mesh.at(i);
        ASSERT_TRUE(value.ok() || may_be_refused(value.status()));
      }
    }
    for (const EmbeddingFiles& embedding : run.embeddings())
      (void)embedding.read().ok();
  }
}

// Reads everything that the file offers, by both readers.
inline void read_all(const std::string& path) {
  ASSERT_NO_FATAL_FAILURE(read_log(path));
  absl::StatusOr<EventReader> reader = EventReader::open(path);
  ASSERT_THAT(reader, IsOk());
  while (true) {
    absl::StatusOr<std::optional<Event>> event = reader->next();
    ASSERT_THAT(event, IsOk());
    if (!event->has_value()) break;
  }
}

// One to four changes: a byte, a bit, a gap, a repetition, a varint.
inline std::string mutated(std::string bytes, std::mt19937& random) {
  for (unsigned n = random() % 4 + 1; n > 0 && !bytes.empty(); --n) {
    const size_t at = random() % bytes.size();
    switch (random() % 5) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8)));
        break;
      case 2:
        bytes.erase(at, random() % 6 + 1);
        break;
      case 3:
        bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 8));
        break;
      default:  // a varint of any size
        bytes.insert(at, std::string(random() % 9, '\xff') + '\x01');
    }
  }
  return bytes;
}

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_READER_HOSTILE_H_
