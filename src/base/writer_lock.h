// SPDX-License-Identifier: Apache-2.0
//
// A mark on a file that is being written, which the system takes away when the
// writer dies: a lock of flock(2). It keeps nobody from anything. Thread-safe.

#ifndef TBLOG_SRC_BASE_WRITER_LOCK_H_
#define TBLOG_SRC_BASE_WRITER_LOCK_H_

#include <string>

namespace tblog::internal {

// Marks the open file. Not where locks are a network's or a user-space file
// system's, which may refuse them, or take their time.
void mark_as_written(int fd) noexcept;
// Before it is closed: children of fork() share the open file, and would keep
// the mark.
void unmark_as_written(int fd) noexcept;

// Whether somebody has the file marked: a writer, or a child of fork() that
// outlived it. False where that cannot be known.
bool is_marked_as_written(const std::string& path) noexcept;

}  // namespace tblog::internal

#endif  // TBLOG_SRC_BASE_WRITER_LOCK_H_
