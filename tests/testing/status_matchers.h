// SPDX-License-Identifier: Apache-2.0
//
// Matchers of absl::Status and absl::StatusOr, which Debian 12's abseil lacks:
//
//   EXPECT_THAT(writer.close(), IsOk());
//   EXPECT_THAT(reader, StatusIs(absl::StatusCode::kDataLoss,
//                                HasSubstr("record 3")));

#ifndef TBLOG_TESTS_TESTING_STATUS_MATCHERS_H_
#define TBLOG_TESTS_TESTING_STATUS_MATCHERS_H_

#include <gmock/gmock.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tblog::testing {
namespace internal {

inline const absl::Status& status_of(const absl::Status& status) {
  return status;
}

template <class T>
const absl::Status& status_of(const absl::StatusOr<T>& result) {
  return result.status();
}

}  // namespace internal

MATCHER(IsOk, negation ? "is not OK" : "is OK") {
  const absl::Status& status = internal::status_of(arg);
  *result_listener << status.ToString();
  return status.ok();
}

// `message`: a matcher of the status' text.
MATCHER_P2(StatusIs, code, message,
           "has code " + absl::StatusCodeToString(code) +
               " and a message that " +
               ::testing::DescribeMatcher<std::string>(message)) {
  const absl::Status& status = internal::status_of(arg);
  *result_listener << status.ToString();
  return status.code() == code &&
         ::testing::Matches(message)(std::string(status.message()));
}

inline auto StatusIs(absl::StatusCode code) {
  return StatusIs(code, ::testing::A<std::string>());
}

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_TESTING_STATUS_MATCHERS_H_
