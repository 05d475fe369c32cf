// SPDX-License-Identifier: Apache-2.0
//
// Events for logs to be read, encoded by hand, since the writer would need
// longer for them than the readers that are measured.

#ifndef TBLOG_TESTS_BENCH_LOG_BYTES_H_
#define TBLOG_TESTS_BENCH_LOG_BYTES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "src/event/wire.h"

namespace tblog::bench {

template <class T>
void append_number(std::string& out, T number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

// SummaryMetadata.
inline std::string metadata(std::string_view plugin) {
  std::string data;
  internal::wire::put_bytes_always(data, 1, plugin);
  std::string metadata;
  internal::wire::put_bytes_always(metadata, 1, data);
  return metadata;
}

// An Event of one Summary.Value, a hundredth of a second after that of the step
// before.
inline std::string event_payload(int64_t step, std::string_view value) {
  std::string payload = "\x09";
  append_number(payload, 1.7e9 + static_cast<double>(step) * 0.01);
  payload += '\x10';
  internal::wire::put_varint(payload, static_cast<uint64_t>(step));
  std::string summary;
  internal::wire::put_bytes_always(summary, 1, value);
  internal::wire::put_bytes_always(payload, 5, summary);
  return payload;
}

}  // namespace tblog::bench

#endif  // TBLOG_TESTS_BENCH_LOG_BYTES_H_
