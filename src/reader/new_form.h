// SPDX-License-Identifier: Apache-2.0
//
// Values in the forms of TensorFlow 1 as tensors of the same content.

#ifndef TBLOG_SRC_READER_NEW_FORM_H_
#define TBLOG_SRC_READER_NEW_FORM_H_

#include <string>

#include "absl/status/statusor.h"
#include "src/event/event_decoder.h"

namespace tblog::internal {

struct NewForm {
  std::string value;     // without metadata
  std::string metadata;  // what its tag needs
};

// Errors: InvalidArgument for one that is malformed, or has no value.
absl::StatusOr<NewForm> to_new_form(const ValueView& view);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_NEW_FORM_H_
