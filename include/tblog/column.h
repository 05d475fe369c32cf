// SPDX-License-Identifier: Apache-2.0
//
// Column: the numbers of a series, as a view of memory that the series owns.
// To be used like a const std::vector, and copied into one where it is to live
// longer than every copy of its series. Thread-compatible.

#ifndef TBLOG_COLUMN_H_
#define TBLOG_COLUMN_H_

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

namespace tblog {

template <class T>
class Column {
 public:
  using value_type = T;
  using size_type = size_t;
  using difference_type = std::ptrdiff_t;
  using reference = const T&;
  using const_reference = const T&;
  using iterator = const T*;
  using const_iterator = const T*;
  using const_reverse_iterator = std::reverse_iterator<const_iterator>;

  Column() = default;
  // Borrows `size` numbers from `data` on.
  Column(const T* data, size_t size) : data_(data), size_(size) {}

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T* data() const { return data_; }
  const_iterator begin() const { return data_; }
  const_iterator end() const { return data_ + size_; }
  const_reverse_iterator rbegin() const {
    return const_reverse_iterator(end());
  }
  const_reverse_iterator rend() const {
    return const_reverse_iterator(begin());
  }
  // Precondition: there is one.
  const T& operator[](size_t index) const { return data_[index]; }
  const T& front() const { return data_[0]; }
  const T& back() const { return data_[size_ - 1]; }

  // A copy.
  operator std::vector<T>() const {  // NOLINT: implicit, as of one
    return std::vector<T>(begin(), end());
  }

  friend bool operator==(const Column& a, const Column& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }
  friend bool operator!=(const Column& a, const Column& b) { return !(a == b); }
  friend bool operator==(const Column& a, const std::vector<T>& b) {
    return a == Column(b.data(), b.size());
  }
  friend bool operator==(const std::vector<T>& a, const Column& b) {
    return b == a;
  }
  friend bool operator!=(const Column& a, const std::vector<T>& b) {
    return !(a == b);
  }
  friend bool operator!=(const std::vector<T>& a, const Column& b) {
    return !(b == a);
  }

 private:
  const T* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace tblog

#endif  // TBLOG_COLUMN_H_
