// SPDX-License-Identifier: Apache-2.0
//
// Graph: the nodes of a model and what flows between them, for
// SummaryWriter::graph(), which TensorBoard draws on its Graphs page. A value:
// copy it freely. Thread-compatible.
//
//   tblog::Graph graph;
//   graph.node("x", "Placeholder").output_shape({1, 8, 8, 1});
//   graph.node("block/conv", "Conv2D").input("x").output_shape({1, 8, 8, 16})
//       .attribute("strides", {1, 1});
//   graph.node("block/relu", "Relu").input("block/conv");
//   writer.graph(graph);
//
// What cannot be drawn is found when the graph is logged, see
// SummaryWriter::graph().

#ifndef TBLOG_GRAPH_H_
#define TBLOG_GRAPH_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "tblog/dtype.h"
#include "tblog/export.h"

namespace tblog {

// The element type of what flows along an edge: a DType, or one that only a
// graph can have. Default: not known.
class GraphType {
 public:
  constexpr GraphType() noexcept = default;
  TBLOG_EXPORT GraphType(DType dtype) noexcept;
  static constexpr GraphType string() noexcept { return GraphType(7); }
  // By its number in TensorFlow's types.proto. Valid: 0 and up; 0: not known.
  static constexpr GraphType number(int number) noexcept {
    return GraphType(number);
  }

  constexpr int number() const noexcept { return number_; }
  constexpr bool known() const noexcept { return number_ > 0; }

  friend constexpr bool operator==(GraphType a, GraphType b) noexcept {
    return a.number_ == b.number_;
  }
  friend constexpr bool operator!=(GraphType a, GraphType b) noexcept {
    return !(a == b);
  }

 private:
  constexpr explicit GraphType(int number) noexcept : number_(number) {}

  int number_ = 0;
};

// A shape: `{1, 8, 8, 16}`, outermost dimension first, -1 for a dimension that
// is not known. `{}` is one value.
class GraphShape {
 public:
  GraphShape() = default;
  GraphShape(std::initializer_list<int64_t> dims) : dims_(dims) {}
  explicit GraphShape(std::vector<int64_t> dims) : dims_(std::move(dims)) {}
  // Of which not even the number of dimensions is known.
  static GraphShape unknown() {
    GraphShape shape;
    shape.known_ = false;
    return shape;
  }

  bool known() const noexcept { return known_; }
  const std::vector<int64_t>& dims() const noexcept { return dims_; }

  friend bool operator==(const GraphShape& a, const GraphShape& b) {
    return a.known_ == b.known_ && a.dims_ == b.dims_;
  }
  friend bool operator!=(const GraphShape& a, const GraphShape& b) {
    return !(a == b);
  }

 private:
  std::vector<int64_t> dims_;
  bool known_ = true;
};

// The value of a node's attribute: a number, a truth value, bytes or text, a
// type, a shape, or a list of one of these. Floats are stored as float32,
// integers as int64; an unsigned one beyond that becomes its largest value.
class GraphValue {
 public:
  using Value =
      std::variant<std::string, int64_t, float, bool, GraphType, GraphShape,
                   std::vector<std::string>, std::vector<int64_t>,
                   std::vector<float>, std::vector<bool>,
                   std::vector<GraphType>, std::vector<GraphShape>>;

  GraphValue(const char* text) : value_(std::string(text)) {}
  GraphValue(std::string_view text) : value_(std::string(text)) {}
  GraphValue(std::string text) : value_(std::move(text)) {}
  GraphValue(GraphType type) : value_(type) {}
  GraphValue(DType type) : value_(GraphType(type)) {}
  GraphValue(GraphShape shape) : value_(std::move(shape)) {}
  template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
  GraphValue(T number) noexcept : value_(stored(number)) {}
  // `{1, 2}`, `{0.5, 1.0}`, `{"a", "b"}`, …
  template <class T>
  GraphValue(std::initializer_list<T> list)
      : value_(list_of(list.begin(), list.end())) {}
  template <class T>
  GraphValue(const std::vector<T>& list)
      : value_(list_of(list.begin(), list.end())) {}

  const Value& value() const noexcept { return value_; }

 private:
  template <class T>
  static auto stored(const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      return value;
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<float>(value);
    } else if constexpr (std::is_integral_v<T>) {
      constexpr auto kMax = std::numeric_limits<int64_t>::max();
      if constexpr (std::is_unsigned_v<T> && sizeof(T) == sizeof(int64_t)) {
        if (value > static_cast<T>(kMax)) return kMax;
      }
      return static_cast<int64_t>(value);
    } else if constexpr (std::is_convertible_v<const T&, GraphType>) {
      return GraphType(value);
    } else if constexpr (std::is_same_v<T, GraphShape>) {
      return value;
    } else {
      return std::string(std::string_view(value));
    }
  }

  template <class It>
  static auto list_of(It begin, It end) {
    using T = typename std::iterator_traits<It>::value_type;
    std::vector<decltype(stored(std::declval<const T&>()))> list;
    for (; begin != end; ++begin) list.push_back(stored<T>(*begin));
    return list;
  }

  Value value_;
};

// A node. Made by Graph::node(); each call returns the node itself.
class TBLOG_EXPORT GraphNode {
 public:
  struct Output {
    GraphShape shape;
    GraphType type;
  };
  struct Attribute {
    std::string name;
    GraphValue value;
  };

  // What flows in: "node", "node:1" for that node's output 1 (from 0), or
  // "^node", which the node only waits for. One call an input, in their order;
  // the nodes may come later.
  GraphNode& input(std::string_view source);
  // The same as input("^node").
  GraphNode& control_input(std::string_view node);
  // The next output: the first call describes output 0, the second output 1.
  // TensorBoard writes the shape on the edges.
  GraphNode& output_shape(GraphShape shape, GraphType type = GraphType());
  // Where it runs, such as "/device:GPU:0"; TensorBoard colours by it.
  GraphNode& device(std::string_view device);
  // Shown beside the node. Set twice, the later value counts. Longer ones than
  // 1,024 bytes are not shown. "_output_shapes" and "_output_types" are what
  // output_shape() writes; set by hand, they count instead.
  GraphNode& attribute(std::string_view name, GraphValue value);

  const std::string& name() const noexcept { return name_; }
  const std::string& op() const noexcept { return op_; }
  const std::vector<std::string>& inputs() const noexcept { return inputs_; }
  const std::vector<Output>& outputs() const noexcept { return outputs_; }
  const std::string& device() const noexcept { return device_; }
  const std::vector<Attribute>& attributes() const noexcept {
    return attributes_;
  }

 private:
  friend class Graph;
  GraphNode(std::string_view name, std::string_view op)
      : name_(name), op_(op) {}

  std::string name_;
  std::string op_;
  std::vector<std::string> inputs_;
  std::vector<Output> outputs_;
  std::string device_;
  std::vector<Attribute> attributes_;
};

class TBLOG_EXPORT Graph {
 public:
  // Adds a node that computes `op` ("Conv2D"). '/' in the name makes scopes,
  // which TensorBoard draws as boxes to open. The reference is good as long as
  // the graph.
  GraphNode& node(std::string_view name, std::string_view op);

  bool empty() const noexcept { return nodes_.empty(); }
  size_t size() const noexcept { return nodes_.size(); }
  // In the order of their making.
  const std::deque<GraphNode>& nodes() const noexcept { return nodes_; }

 private:
  std::deque<GraphNode> nodes_;
};

// A TensorFlow GraphDef that is encoded already. Written as it is.
struct GraphDefBytes {
  std::string_view encoded;
};

}  // namespace tblog

#endif  // TBLOG_GRAPH_H_
