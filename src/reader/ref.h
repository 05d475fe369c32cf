// SPDX-License-Identifier: Apache-2.0
//
// Ref<T>: shared ownership in one pointer, for what there are millions of. The
// T counts its owners in a RefCount member `refs`.

#ifndef TBLOG_SRC_READER_REF_H_
#define TBLOG_SRC_READER_REF_H_

#include <atomic>
#include <cstdint>
#include <utility>

namespace tblog::internal {

// Of one object; a copy of the object has none yet.
class RefCount {
 public:
  RefCount() = default;
  RefCount(const RefCount&) {}
  RefCount& operator=(const RefCount&) { return *this; }

  void add() { count_.fetch_add(1, std::memory_order_relaxed); }
  // Whether nobody has it any more.
  bool drop() { return count_.fetch_sub(1, std::memory_order_acq_rel) == 1; }
  bool is_shared() const { return count_.load(std::memory_order_acquire) > 1; }

 private:
  std::atomic<uint32_t> count_{0};
};

template <class T>
void add_ref(const T* object) {
  if (object != nullptr) object->refs.add();
}
template <class T>
void drop_ref(const T* object) {
  if (object != nullptr && object->refs.drop()) delete object;
}

template <class T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T* object) : object_(object) { add_ref(object_); }
  Ref(const Ref& other) : Ref(other.object_) {}
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() { drop_ref(object_); }

  explicit operator bool() const { return object_ != nullptr; }
  T* get() const { return object_; }
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }
  bool is_shared() const { return object_->refs.is_shared(); }
  // The object with its count; who takes it must drop_ref() it.
  T* release() { return std::exchange(object_, nullptr); }

 private:
  T* object_ = nullptr;
};

template <class T, class... Args>
Ref<T> make_ref(Args&&... args) {
  return Ref<T>(new T(std::forward<Args>(args)...));
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_REF_H_
