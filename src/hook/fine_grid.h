// SPDX-License-Identifier: Apache-2.0
//
// FineGrid: the distribution of values that come in parts whose range is not
// known beforehand. It counts in cells whose width is a power of two; when the
// range outgrows the cells, neighbours are joined, which loses nothing. So the
// order of the parts does not matter, and each value's place is known to one
// cell, at most 1/2000 of the range, or 2^-50 of the largest magnitude. One
// thread at a time.

#ifndef TBLOG_SRC_HOOK_FINE_GRID_H_
#define TBLOG_SRC_HOOK_FINE_GRID_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tblog/histogram.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

class FineGrid {
 public:
  static constexpr int64_t kCells = 4096;

  // Counts the finite values of a view on the CPU, of a real dtype; `lo` and
  // `hi` are the smallest and largest of them. Cost: one pass.
  void add(const TensorView& values, double lo, double hi);
  // Counts what a histogram holds, as if it lay evenly in each bucket.
  void add(const Histogram& histogram);
  void add(const FineGrid& other);

  bool empty() const { return counts_.empty(); }

  // How many values lie in [edges[i], edges[i + 1]), the last one closed, each
  // value being where the middle of its cell is, but between the first edge and
  // the last.
  std::vector<uint64_t> rebin(const std::vector<double>& edges) const;

 private:
  int64_t cell_of(double x) const;
  double middle_of(int64_t cell) const;
  void set_exponent(int exponent);
  // Makes room for values from `lo` to `hi` beside what is there.
  void cover(double lo, double hi);
  void make_cells(int64_t first, int64_t last);
  // Joins cells until one is 2^exponent wide.
  void coarsen(int exponent);

  // Cell i holds the values in [i·2^exponent_, (i + 1)·2^exponent_).
  int exponent_ = 0;
  // 2^-exponent_ as two factors, each of which is a normal double.
  double scale_[2] = {1, 1};
  int64_t first_ = 0;  // the cell that counts_[0] is
  std::vector<uint64_t> counts_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_FINE_GRID_H_
