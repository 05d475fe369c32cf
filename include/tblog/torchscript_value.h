// SPDX-License-Identifier: Apache-2.0
//
// What TorchScript's modules take and return, as leaves: tensors, and in
// outputs numbers and lists of such as well; other lists and tuples by
// positions, named tuples and objects of script classes by the names of their
// members, dicts by keys. Texts, devices, None and futures hold no values to
// log.
//
//   hooks.tap("segments", model.forward({x}));   // an IValue

#ifndef TBLOG_TORCHSCRIPT_VALUE_H_
#define TBLOG_TORCHSCRIPT_VALUE_H_

#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tblog/leaves.h"
#include "tblog/tensor_view.h"
#include "tblog/torch_tensor.h"

namespace tblog {
namespace internal {

// Objects of script classes may hold themselves.
inline constexpr int kScriptDepth = 16;

class ScriptLeaves {
 public:
  ScriptLeaves(std::string& path, LeafVisitor& visitor)
      : path_(path), visitor_(visitor) {}

  void visit(const c10::IValue& value) {
    if (depth_ >= kScriptDepth) return;
    ++depth_;
    visit_any(value);
    --depth_;
  }
  void member(std::string_view name, const c10::IValue& value) {
    const size_t size = path_.size();
    if (size > 0) path_ += '/';
    path_.append(name.data(), name.size());
    visit(value);
    path_.resize(size);
  }

 private:
  void visit_any(const c10::IValue& value) {
    if (value.isTensor()) {
      visit_leaves(value.toTensor(), path_, visitor_);
    } else if (value.isTuple()) {
      visit_tuple(value);
    } else if (value.isIntList()) {
      visit_leaves(value.toIntVector(), path_, visitor_);
    } else if (value.isDoubleList()) {
      visit_leaves(value.toDoubleVector(), path_, visitor_);
    } else if (value.isList()) {
      const auto list = value.toListRef();
      for (size_t i = 0; i < list.size(); ++i) {
        member(std::to_string(i), list[i]);
      }
    } else if (value.isGenericDict()) {
      for (const auto& entry : value.toGenericDict()) {
        member(key_of(entry.key()), entry.value());
      }
    } else if (value.isObject() && !value.isModule()) {
      visit_object(value);
    } else {
      visit_number(value);
    }
  }
  void visit_tuple(const c10::IValue& value) {
    const auto tuple = value.toTuple();
    const auto type = value.type()->cast<c10::TupleType>();
    const auto schema = type == nullptr ? nullptr : type->schema();
    for (size_t i = 0; i < tuple->elements().size(); ++i) {
      const bool named = schema != nullptr && i < schema->arguments().size();
      member(named ? schema->arguments()[i].name() : std::to_string(i),
             tuple->elements()[i]);
    }
  }
  void visit_object(const c10::IValue& value) {
    const auto object = value.toObject();
    const auto type = object->type();
    for (size_t i = 0; i < type->numAttributes(); ++i) {
      member(type->getAttributeName(i), object->getSlot(i));
    }
  }
  void visit_number(const c10::IValue& value) {
    if (value.isDouble()) {
      visit_leaves(value.toDouble(), path_, visitor_);
    } else if (value.isInt()) {
      visit_leaves(value.toInt(), path_, visitor_);
    } else if (value.isBool()) {
      visit_leaves(value.toBool(), path_, visitor_);
    }
  }
  static std::string key_of(const c10::IValue& key) {
    if (key.isString()) return key.toStringRef();
    if (key.isInt()) return std::to_string(key.toInt());
    if (key.isBool()) return key.toBool() ? "true" : "false";
    return key.isDouble() ? std::to_string(key.toDouble()) : "key";
  }

  std::string& path_;
  LeafVisitor& visitor_;
  int depth_ = 0;
};

// The arguments of one call, those of them that hold tensors; named by their
// positions where there are several.
struct ScriptArguments {
  std::vector<std::pair<size_t, c10::IValue>> values;
};

}  // namespace internal

template <>
struct LeafSource<c10::IValue> {
  static constexpr bool kKnown = true;
  static void visit(const c10::IValue& value, std::string& path,
                    internal::LeafVisitor& visitor) {
    internal::ScriptLeaves(path, visitor).visit(value);
  }
};

template <>
struct LeafSource<internal::ScriptArguments> {
  static constexpr bool kKnown = true;
  static void visit(const internal::ScriptArguments& arguments,
                    std::string& path, internal::LeafVisitor& visitor) {
    internal::ScriptLeaves leaves(path, visitor);
    if (arguments.values.size() == 1) {
      leaves.visit(arguments.values[0].second);
      return;
    }
    for (const auto& [position, value] : arguments.values) {
      leaves.member(std::to_string(position), value);
    }
  }
};

}  // namespace tblog

#endif  // TBLOG_TORCHSCRIPT_VALUE_H_
