// SPDX-License-Identifier: Apache-2.0

#include "src/record/framing.h"

namespace tblog::internal {

void append_record(std::string& out, std::string_view payload) {
  out.resize(out.size() + kRecordHeaderBytes);
  const size_t payload_begin = out.size();
  out += payload;
  finish_record(out, payload_begin);
}

}  // namespace tblog::internal
