// SPDX-License-Identifier: Apache-2.0
//
// Leaves: the tensors in what a layer returns. A tensor is one leaf without a
// name. Tuples, pairs, vectors, lists, maps, optionals and pointers are walked:
// the leaves of std::tuple<A, std::map<string, B>> are "0" and "1/<key>". A
// struct of the user's is walked by a function beside it that names its
// members:
//
//   struct Attention { Tensor context, weights; };
//   template <class Visit>
//   void tblog_visit(const Attention& a, Visit&& visit) {
//     visit("context", a.context);
//     visit("weights", a.weights);
//   }

#ifndef TBLOG_LEAVES_H_
#define TBLOG_LEAVES_H_

#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tblog/tensor_view.h"

namespace tblog {
namespace internal {

// Receives each leaf: the path is empty for a single tensor.
class LeafVisitor {
 public:
  virtual void leaf(std::string_view path, const TensorView& value) = 0;
  // Whether it wants to keep what owns the memory of the leaves, for a while in
  // which nothing else may come to lie there. Adapters whose tensors share
  // their memory then call keep() before leaf().
  virtual bool keeps_owners() const noexcept { return false; }
  virtual void keep(std::shared_ptr<const void>) {}

 protected:
  ~LeafVisitor() = default;
};

}  // namespace internal

// How a foreign structure of tensors is walked, or a foreign tensor that is
// shown otherwise than by one view. Adapters specialise it: kKnown is true, and
//
//   static void visit(const T& value, std::string& path,
//                     internal::LeafVisitor& visitor);
//
// calls visitor.leaf() for each tensor, with `path` and more behind it.
template <class T, class = void>
struct LeafSource {
  static constexpr bool kKnown = false;
};

namespace internal {

template <class T>
void visit_leaves(const T& value, std::string& path, LeafVisitor& visitor);

// Stands for a visitor of any callable type in tblog_visit()'s second argument.
struct MemberVisit {
  template <class T>
  void operator()(std::string_view name, const T& member) const {
    const size_t size = path->size();
    if (size > 0) *path += '/';
    path->append(name.data(), name.size());
    visit_leaves(member, *path, *visitor);
    path->resize(size);
  }

  std::string* path;
  LeafVisitor* visitor;
};

template <class T, class = void>
struct HasVisit : std::false_type {};
template <class T>
struct HasVisit<T, std::void_t<decltype(tblog_visit(
                       std::declval<const T&>(), std::declval<MemberVisit>()))>>
    : std::true_type {};

// std::optional and its kin in other libraries.
template <class T, class = void>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<T, std::void_t<decltype(std::declval<const T&>().has_value()),
                                 decltype(*std::declval<const T&>())>>
    : std::true_type {};

template <class T, class = void>
struct IsTuple : std::false_type {};
template <class T>
struct IsTuple<T, std::void_t<decltype(std::tuple_size<T>::value)>>
    : std::true_type {};

template <class T, class = void>
struct IsRange : std::false_type {};
template <class T>
struct IsRange<T, std::void_t<decltype(std::begin(std::declval<const T&>())),
                              decltype(std::end(std::declval<const T&>()))>>
    : std::true_type {};

// std::vector<bool>, whose elements are not in memory.
template <class T, class = void>
struct IsBitRange : std::false_type {};
template <class T>
struct IsBitRange<T, std::void_t<typename T::value_type>>
    : std::is_same<typename T::value_type, bool> {};

template <class T, class = void>
struct IsMap : std::false_type {};
template <class T>
struct IsMap<T, std::void_t<typename T::key_type, typename T::mapped_type>>
    : IsRange<T> {};

// Pointers and smart pointers to objects; not to elements, of which they do not
// say how many there are.
template <class T, class = void>
struct IsPointer
    : std::bool_constant<std::is_pointer_v<T> &&
                         !IsElement<std::remove_pointer_t<T>>::value> {};
template <class T>
struct IsPointer<T, std::void_t<decltype(*std::declval<const T&>()),
                                typename T::element_type>> : std::true_type {};

template <class T>
struct IsElementArray : std::false_type {};
template <class T, size_t N>
struct IsElementArray<T[N]> : IsElement<T> {};

// Whether a value is one tensor.
template <class T>
struct IsLeaf
    : std::bool_constant<TensorSource<T>::kKnown ||
                         std::is_same_v<T, TensorView> ||
                         IsElementRange<T>::value || IsElementArray<T>::value> {
};

template <class K>
std::string key_name(const K& key) {
  if constexpr (std::is_convertible_v<const K&, std::string_view>) {
    return std::string(std::string_view(key));
  } else {
    static_assert(std::is_integral_v<K>,
                  "tblog names leaves by string or integer keys");
    return std::to_string(key);
  }
}

template <class T, size_t... I>
void visit_tuple(const T& value, MemberVisit visit, std::index_sequence<I...>) {
  (visit(std::to_string(I), std::get<I>(value)), ...);
}

template <class T>
void visit_leaves(const T& value, std::string& path, LeafVisitor& visitor) {
  const MemberVisit visit{&path, &visitor};
  if constexpr (LeafSource<T>::kKnown) {
    LeafSource<T>::visit(value, path, visitor);
  } else if constexpr (IsLeaf<T>::value) {
    visitor.leaf(path, TensorView(value));
  } else if constexpr (IsElement<T>::value) {
    visitor.leaf(path, TensorView(&value, {}));
  } else if constexpr (HasVisit<T>::value) {
    tblog_visit(value, visit);
  } else if constexpr (IsOptional<T>::value || IsPointer<T>::value) {
    if (value) visit_leaves(*value, path, visitor);
  } else if constexpr (IsMap<T>::value) {
    for (const auto& [key, member] : value) visit(key_name(key), member);
  } else if constexpr (IsRange<T>::value && !IsBitRange<T>::value) {
    size_t index = 0;
    for (const auto& member : value) visit(std::to_string(index++), member);
  } else if constexpr (IsTuple<T>::value) {
    visit_tuple(value, visit,
                std::make_index_sequence<std::tuple_size<T>::value>());
  } else if constexpr (std::is_invocable_v<const T&>) {
    visit_leaves(value(), path, visitor);
  } else {
    visitor.leaf(path, TensorView(value));  // says what to do, or does it
  }
}

}  // namespace internal
}  // namespace tblog

#endif  // TBLOG_LEAVES_H_
