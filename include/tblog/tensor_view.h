// SPDX-License-Identifier: Apache-2.0
//
// TensorView: a borrowed, typed, strided view of somebody else's tensor, for
// the duration of a call. Everything that is logged as a tensor goes through
// it; nothing is copied to make one. Thread-compatible.
//
//   // a vector, an array, a span, …
//   writer.histogram("fc1/weights", weights, step);
//   // pointer and shape
//   writer.histogram("fc1/weights", {pointer, {rows, cols}}, step);
//   // and strides, in elements
//   writer.histogram("fc1/weights", {pointer, {rows, cols}, {1, rows}}, step);

#ifndef TBLOG_TENSOR_VIEW_H_
#define TBLOG_TENSOR_VIEW_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tblog/dtype.h"

namespace tblog {

// Where a tensor's memory lies.
enum class Device : uint8_t { kCpu, kCuda };

// How a foreign tensor type becomes a view. An adapter header (or a user, for a
// type of their own) specialises it:
//
//   template <> struct tblog::TensorSource<MyTensor> {
//     static constexpr bool kKnown = true;
//     static TensorView view(const MyTensor& t) noexcept {
//       return {t.data(), {t.rows(), t.cols()}};
//     }
//   };
template <class T, class = void>
struct TensorSource {
  static constexpr bool kKnown = false;
};

namespace internal {

// A contiguous container or span of elements that a view can have. (Eigen's
// matrices have no size_type, so that an adapter, which knows their order, must
// view them.)
template <class T, class = void>
struct IsElementRange : std::false_type {};
template <class T>
struct IsElementRange<
    T, std::void_t<
           typename T::size_type, decltype(std::declval<const T&>().size()),
           std::remove_pointer_t<decltype(std::declval<const T&>().data())>>>
    : IsElement<
          std::remove_pointer_t<decltype(std::declval<const T&>().data())>> {};

// A class that is neither a range of elements, nor a function, nor a number:
// only an adapter can know it.
template <class T>
struct IsUnknownTensor
    : std::bool_constant<std::is_class_v<T> && !IsElementRange<T>::value &&
                         !std::is_convertible_v<const T&, double> &&
                         !std::is_invocable_v<const T&> &&
                         !std::is_invocable_v<T&>> {};

}  // namespace internal

class TensorView {
 public:
  static constexpr size_t kMaxRank = 8;

  // An empty float32 vector.
  constexpr TensorView() noexcept : rank_(1) {}

  // `data` points at the first element, row-major and contiguous. Shape {} is
  // one value. Errors: a negative or overflowing dimension, rank > 8, or a null
  // pointer to elements make the view invalid().
  template <class T, class = std::enable_if_t<internal::IsElement<T>::value>>
  TensorView(const T* data, std::initializer_list<int64_t> shape) noexcept
      : TensorView(data, internal::DTypeOf<T>::value, shape.begin(),
                   shape.size()) {}

  // Strides count elements, not bytes, and may be zero or negative; `data`
  // points at element (0, …, 0).
  template <class T, class = std::enable_if_t<internal::IsElement<T>::value>>
  TensorView(const T* data, std::initializer_list<int64_t> shape,
             std::initializer_list<int64_t> strides) noexcept
      : TensorView(data, internal::DTypeOf<T>::value, shape.begin(),
                   shape.size(), strides.begin(), strides.size()) {}

  // For adapters, where the type is known at run time only. `strides` may be
  // null: row-major.
  TensorView(const void* data, DType dtype, const int64_t* shape, size_t rank,
             const int64_t* strides = nullptr,
             size_t strides_rank = 0) noexcept {
    init(data, dtype, shape, rank, strides,
         strides == nullptr ? rank : (strides_rank == 0 ? rank : strides_rank));
  }

  // Any contiguous range of elements: std::vector, std::array, std::span,
  // absl::Span, …  A vector of its size.
  template <class R, std::enable_if_t<internal::IsElementRange<R>::value &&
                                          !TensorSource<R>::kKnown,
                                      int> = 0>
  TensorView(const R& values) noexcept {
    using T = std::remove_cv_t<std::remove_pointer_t<decltype(values.data())>>;
    const auto size = values.size();
    const int64_t shape = static_cast<int64_t>(size);
    init(values.data(), internal::DTypeOf<T>::value, &shape, 1, nullptr, 1);
  }

  template <class T, size_t N,
            class = std::enable_if_t<internal::IsElement<T>::value>>
  TensorView(const T (&values)[N]) noexcept {
    const int64_t shape = static_cast<int64_t>(N);
    init(values, internal::DTypeOf<T>::value, &shape, 1, nullptr, 1);
  }

  // A tensor of a framework, through its adapter's TensorSource.
  template <class T, std::enable_if_t<TensorSource<T>::kKnown, int> = 0>
  TensorView(const T& tensor) noexcept
      : TensorView(TensorSource<T>::view(tensor)) {}

  // Any other class: an error that says what to do.
  template <class T, std::enable_if_t<internal::IsUnknownTensor<T>::value &&
                                          !TensorSource<T>::kKnown,
                                      int> = 0>
  TensorView(const T&) noexcept {
    static_assert(sizeof(T) == 0,
                  "tblog cannot view this type as a tensor: include the "
                  "adapter header of its framework, specialise "
                  "tblog::TensorSource for it, or give a pointer and a shape. "
                  "(std::vector<bool> has no elements in "
                  "memory: use std::vector<uint8_t>.)");
  }

  // What cannot be viewed (sparse, quantised, …). `reason` is kept by pointer:
  // give a string literal. Logging such a view is refused, counted and reported
  // with the reason.
  static TensorView invalid(std::string_view reason) noexcept {
    TensorView view;
    view.fail(reason);
    return view;
  }

  bool valid() const noexcept { return error_.empty(); }
  // Why the view is invalid; empty when it is valid.
  std::string_view error() const noexcept { return error_; }

  // The first element; null only where size() is 0.
  const void* data() const noexcept { return data_; }
  DType dtype() const noexcept { return dtype_; }
  size_t rank() const noexcept { return rank_; }
  // Number of elements in dimension `axis`, `axis` < rank().
  int64_t dim(size_t axis) const noexcept { return shape_[axis]; }
  // Elements (not bytes) from one index of dimension `axis` to the next.
  int64_t stride(size_t axis) const noexcept { return strides_[axis]; }
  // Number of elements; 1 for rank 0.
  int64_t size() const noexcept { return size_; }
  size_t size_bytes() const noexcept {
    return static_cast<size_t>(size_) * dtype_size(dtype_);
  }
  // Whether the elements lie row-major without gaps.
  bool contiguous() const noexcept { return contiguous_; }

  Device device() const noexcept { return device_; }
  int device_index() const noexcept { return device_index_; }
  // The stream on which the tensor's data is complete; null for the default
  // stream and on the CPU.
  void* stream() const noexcept { return stream_; }

  // The same view of memory on a device; for adapters.
  TensorView on_device(Device device, int index, void* stream) const noexcept {
    TensorView view = *this;
    view.device_ = device;
    view.device_index_ = index;
    view.stream_ = stream;
    return view;
  }

 private:
  void fail(std::string_view reason) noexcept {
    error_ =
        reason.empty() ? std::string_view("tensor cannot be viewed") : reason;
    data_ = nullptr;
    rank_ = 1;
    shape_[0] = 0;
    size_ = 0;
  }

  void init(const void* data, DType dtype, const int64_t* shape, size_t rank,
            const int64_t* strides, size_t strides_rank) noexcept {
    dtype_ = dtype;
    if (dtype_size(dtype) == 0) return fail("the element type is unknown");
    if (rank > kMaxRank) return fail("the tensor has more than 8 dimensions");
    if (strides_rank != rank)
      return fail("the tensor has as many strides as dimensions");
    constexpr int64_t kMaxSize =
        std::numeric_limits<int64_t>::max() / 16;  // 16: the largest element
    rank_ = static_cast<uint8_t>(rank);
    bool empty = false;
    for (size_t i = 0; i < rank; ++i) {
      if (shape[i] < 0) return fail("the tensor has a negative dimension");
      empty = empty || shape[i] == 0;
      shape_[i] = shape[i];
    }
    int64_t size = 1;
    for (size_t i = rank; i-- > 0;) {
      strides_[i] = strides == nullptr ? size : strides[i];
      if (strides != nullptr && shape[i] != 1 && strides[i] != size && !empty)
        contiguous_ = false;
      if (!empty && shape[i] > kMaxSize / size)
        return fail("the tensor's size overflows");
      size *= empty ? 1 : shape[i];
    }
    size_ = empty ? 0 : size;
    if (data == nullptr && size_ > 0)
      return fail("the tensor's data pointer is null");
    data_ = data;
  }

  const void* data_ = nullptr;
  int64_t size_ = 0;
  std::string_view error_;
  void* stream_ = nullptr;
  int32_t device_index_ = 0;
  DType dtype_ = DType::kFloat32;
  Device device_ = Device::kCpu;
  uint8_t rank_ = 0;
  bool contiguous_ = true;
  int64_t shape_[kMaxRank] = {};
  int64_t strides_[kMaxRank] = {};
};

}  // namespace tblog

#endif  // TBLOG_TENSOR_VIEW_H_
