// SPDX-License-Identifier: Apache-2.0
//
// Random graphs, and the same made of the generated classes.

#ifndef TBLOG_TESTS_GRAPH_RANDOM_GRAPH_H_
#define TBLOG_TESTS_GRAPH_RANDOM_GRAPH_H_

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tblog/graph.h"
#include "tblog/proto/graph.pb.h"

namespace tblog::internal {

// Bytes with the entries of maps in the order of their keys.
inline std::string sorted_bytes_of(
    const google::protobuf::MessageLite& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&out);
  }
  return bytes;
}

class RandomGraph {
 public:
  explicit RandomGraph(uint32_t seed) : random_(seed) {}

  std::pair<Graph, proto::GraphDef> next() {
    Graph graph;
    proto::GraphDef def;
    const size_t nodes = 1 + pick(8);
    for (size_t i = 0; i < nodes; ++i) add_node(graph, def, i);
    return {std::move(graph), std::move(def)};
  }

  size_t pick(size_t count) { return random_() % count; }

  int64_t integer() {
    static constexpr int64_t kExtremes[] = {
        0,
        1,
        -1,
        127,
        128,
        std::numeric_limits<int64_t>::min(),
        std::numeric_limits<int64_t>::max()};
    return pick(2) == 0 ? kExtremes[pick(std::size(kExtremes))]
                        : static_cast<int64_t>(pick(10'000));
  }

  GraphShape shape() {
    if (pick(6) == 0) return GraphShape::unknown();
    std::vector<int64_t> dims(pick(5));
    for (int64_t& dim : dims) dim = integer();
    return GraphShape(std::move(dims));
  }

  GraphType type() { return GraphType::number(static_cast<int>(pick(34))); }

  static void set(proto::TensorShapeProto& out, const GraphShape& shape) {
    if (!shape.known()) out.set_unknown_rank(true);
    for (const int64_t dim : shape.dims()) out.add_dim()->set_size(dim);
  }

 private:
  std::string text() {
    static const std::string kTexts[] = {
        "", "a", "ä", std::string(300, 'x'), "q\"\\\n", std::string("\0z", 2)};
    return kTexts[pick(std::size(kTexts))];
  }
  float number() {
    static constexpr float kExtremes[] = {
        0.0f,
        -0.0f,
        1.5f,
        std::numeric_limits<float>::infinity(),
        std::numeric_limits<float>::denorm_min(),
        std::numeric_limits<float>::quiet_NaN()};
    return kExtremes[pick(std::size(kExtremes))];
  }

  void add_node(Graph& graph, proto::GraphDef& def, size_t index) {
    const std::string name =
        (pick(2) == 0 ? "scope/ö " : "n") + std::to_string(index);
    GraphNode& node = graph.node(name, text());
    proto::NodeDef& expected = *def.add_node();
    expected.set_name(name);
    expected.set_op(node.op());
    for (size_t n = index == 0 ? 0 : pick(4); n > 0; --n) {
      const std::string source = graph.nodes()[pick(index)].name();
      const std::string input = pick(3) == 0   ? "^" + source
                                : pick(2) == 0 ? source + ":12"
                                               : source;
      node.input(input);
      expected.add_input(input);
    }
    if (pick(2) == 0) {
      node.device(text());
      expected.set_device(node.device());
    }
    auto& attributes = *expected.mutable_attr();
    for (size_t n = pick(5); n > 0; --n) {
      add_attribute(node, attributes["a" + std::to_string(n)], n);
    }
    add_outputs(node, attributes);
  }

  void add_outputs(
      GraphNode& node,
      google::protobuf::Map<std::string, proto::AttrValue>& attributes) {
    bool typed = false;
    for (size_t n = pick(3); n > 0; --n) {
      node.output_shape(shape(), type());
      typed = typed || node.outputs().back().type.known();
    }
    for (const auto& output : node.outputs()) {
      set(*attributes["_output_shapes"].mutable_list()->add_shape(),
          output.shape);
      if (!typed) continue;
      attributes["_output_types"].mutable_list()->add_type(
          static_cast<proto::DataType>(output.type.number()));
    }
  }

  // What add(list) has added several times to a list of each.
  template <class T, class Make, class Add>
  void add_list(GraphNode& node, const std::string& name,
                proto::AttrValue& expected, const Make& make, const Add& add) {
    std::vector<T> list;
    proto::AttrValue::ListValue& out = *expected.mutable_list();
    for (size_t n = pick(4); n > 0; --n) {
      list.push_back(make());
      add(out, list.back());
    }
    node.attribute(name, list);
  }

  void add_attribute(GraphNode& node, proto::AttrValue& expected, size_t n) {
    const std::string name = "a" + std::to_string(n);
    using List = proto::AttrValue::ListValue;
    switch (pick(12)) {
      case 0:
        expected.set_s(text());
        node.attribute(name, expected.s());
        return;
      case 1:
        expected.set_i(integer());
        node.attribute(name, expected.i());
        return;
      case 2:
        expected.set_f(number());
        node.attribute(name, expected.f());
        return;
      case 3:
        expected.set_b(pick(2) == 0);
        node.attribute(name, expected.b());
        return;
      case 4: {
        const GraphType held = type();
        expected.set_type(static_cast<proto::DataType>(held.number()));
        node.attribute(name, held);
        return;
      }
      case 5: {
        const GraphShape held = shape();
        set(*expected.mutable_shape(), held);
        node.attribute(name, held);
        return;
      }
      case 6:
        return add_list<std::string>(
            node, name, expected, [&] { return text(); },
            [](List& out, const std::string& v) { out.add_s(v); });
      case 7:
        return add_list<int64_t>(
            node, name, expected, [&] { return integer(); },
            [](List& out, int64_t v) { out.add_i(v); });
      case 8:
        return add_list<float>(
            node, name, expected, [&] { return number(); },
            [](List& out, float v) { out.add_f(v); });
      case 9:
        return add_list<bool>(
            node, name, expected, [&] { return pick(2) == 0; },
            [](List& out, bool v) { out.add_b(v); });
      case 10:
        return add_list<GraphType>(
            node, name, expected, [&] { return type(); },
            [](List& out, GraphType v) {
              out.add_type(static_cast<proto::DataType>(v.number()));
            });
      default:
        return add_list<GraphShape>(
            node, name, expected, [&] { return shape(); },
            [](List& out, const GraphShape& v) { set(*out.add_shape(), v); });
    }
  }

  std::mt19937 random_;
};

}  // namespace tblog::internal

#endif  // TBLOG_TESTS_GRAPH_RANDOM_GRAPH_H_
