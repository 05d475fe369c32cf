// SPDX-License-Identifier: Apache-2.0
//
// How attach() takes its places at the points of a model's layers. For the
// headers of this adapter.

#ifndef TBLOG_TORCH_PLACES_H_
#define TBLOG_TORCH_PLACES_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "tblog/layer_hooks.h"
#include "tblog/torch_point.h"

namespace tblog {
namespace internal {

// Places at the points of a model's layers, given back unless they are used.
class TorchPlaces {
 public:
  TorchPlaces() = default;
  TorchPlaces(const TorchPlaces&) = delete;
  ~TorchPlaces() {
    for (const Entry& entry : entries_) entry.point->release(entry.place);
  }

  // Where the layer at `index` writes what is due; null where all are taken.
  std::shared_ptr<Switch> add(size_t index, std::shared_ptr<TorchPoint> point) {
    const std::optional<size_t> place = point->reserve();
    if (!place) return nullptr;
    std::shared_ptr<Switch> due = TorchPoint::due_of(point, *place);
    entries_.push_back({index, *place, std::move(point)});
    return due;
  }
  void connect(const Binding& binding) {
    for (const Entry& entry : entries_) {
      entry.point->connect(entry.place, binding.probe(entry.index));
    }
    entries_.clear();
  }

 private:
  struct Entry {
    size_t index;
    size_t place;
    std::shared_ptr<TorchPoint> point;
  };
  std::vector<Entry> entries_;
};

}  // namespace internal
}  // namespace tblog

#endif  // TBLOG_TORCH_PLACES_H_
