// SPDX-License-Identifier: Apache-2.0

#ifndef TBLOG_TESTS_TESTING_DESCRIPTOR_LIMIT_H_
#define TBLOG_TESTS_TESTING_DESCRIPTOR_LIMIT_H_

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <vector>

namespace tblog::testing {

// Few files can be open in this process, those that are already included, while
// it lives.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t limit) {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const rlimit low{limit, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;
  ~DescriptorLimit() {
    give_back();
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before_), 0);
  }

  // All that there are left.
  void take_all() {
    for (int fd; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;)
      taken_.push_back(fd);
  }
  void give_back(size_t count) {
    for (; count > 0 && !taken_.empty(); --count) {
      ::close(taken_.back());
      taken_.pop_back();
    }
  }
  void give_back() { give_back(taken_.size()); }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_TESTING_DESCRIPTOR_LIMIT_H_
