// SPDX-License-Identifier: Apache-2.0

#include "tests/reader/bad_logs.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <utility>

#include "src/base/endian.h"
#include "tblog/proto/graph.pb.h"
#include "tblog/proto/plugins.pb.h"
#include "tests/reader/event_builder.h"

namespace tblog::testing {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
const char kFile[] = "run/events.out.tfevents.1000000000.bad";

// As named(), with what a careful writer sets.
Value value_of(std::string_view tag, std::string_view plugin, int data_class,
               std::string_view content = "") {
  Value value = named(tag, plugin);
  value.mutable_metadata()->set_data_class(
      static_cast<proto::DataClass>(data_class));
  value.mutable_metadata()->mutable_plugin_data()->set_content(
      std::string(content));
  return value;
}

Value scalar(std::string_view tag, float number) {
  Value value = value_of(tag, "scalars", 1);
  value.mutable_tensor()->set_dtype(proto::DT_FLOAT);
  value.mutable_tensor()->add_float_val(number);
  return value;
}

Value with_class(Value value, int data_class, std::string_view content = "") {
  value.mutable_metadata()->set_data_class(
      static_cast<proto::DataClass>(data_class));
  value.mutable_metadata()->mutable_plugin_data()->set_content(
      std::string(content));
  return value;
}

Value text(std::string_view tag, std::string_view bytes) {
  return with_class(string_tensor(tag, "text", {}, {bytes}), 2);
}

Value tensor_of(std::string_view tag, proto::DataType dtype,
                std::initializer_list<int64_t> shape) {
  Value value = value_of(tag, "anything", 2);
  value.mutable_tensor()->set_dtype(dtype);
  for (const int64_t size : shape)
    value.mutable_tensor()->mutable_tensor_shape()->add_dim()->set_size(size);
  return value;
}

proto::Event event_at(int64_t step, double wall_time) {
  proto::Event event;
  event.set_step(step);
  event.set_wall_time(wall_time);
  return event;
}

std::string summary_at(double wall_time, int64_t step, const Value& value) {
  proto::Event event = event_at(step, wall_time);
  *event.mutable_summary()->add_value() = value;
  return framed(event);
}

std::string version_at(double wall_time,
                       const std::string& version = "brain.Event:2",
                       const std::string& writer = "a test") {
  proto::Event event = event_at(0, wall_time);
  event.set_file_version(version);
  event.mutable_source_metadata()->set_writer(writer);
  return framed(event);
}

std::string start(int64_t step) {
  proto::Event event = event_at(step, 1000 + static_cast<double>(step));
  event.mutable_session_log()->set_status(proto::SessionLog::START);
  return framed(event);
}

std::string graph_at(int64_t step, const std::string& bytes) {
  proto::Event event = event_at(step, 1000);
  event.set_graph_def(bytes);
  return framed(event);
}

std::string graph_of(
    std::initializer_list<std::pair<std::string, std::string>> nodes) {
  proto::GraphDef graph;
  for (const auto& [name, input] : nodes) {
    proto::NodeDef* node = graph.add_node();
    node->set_name(name);
    node->set_op("Op");
    if (!input.empty()) node->add_input(input);
  }
  return graph.SerializeAsString();
}

std::string hparams_content(double number, const std::string& group = "") {
  proto::HParamsPluginData data;
  auto* info = data.mutable_session_start_info();
  (*info->mutable_hparams())["lr"].set_number_value(number);
  info->set_group_name(group);
  return data.SerializeAsString();
}

Value session(const std::string& content) {
  Value value = value_of("_hparams_/session_start_info", "hparams", 2, content);
  value.mutable_tensor()->set_dtype(proto::DT_FLOAT);
  value.mutable_tensor()->mutable_tensor_shape()->add_dim()->set_size(0);
  return value;
}

Value experiment() {
  proto::HParamsPluginData data;
  data.mutable_experiment()->set_name("experiment");
  Value value = session(data.SerializeAsString());
  value.set_tag("_hparams_/experiment");
  return value;
}

Value curve(std::initializer_list<int64_t> shape, double number,
            proto::DataType dtype = proto::DT_FLOAT) {
  Value value = value_of("t", "pr_curves", 2);
  value.mutable_tensor()->set_dtype(dtype);
  int64_t elements = 1;
  for (const int64_t size : shape) {
    value.mutable_tensor()->mutable_tensor_shape()->add_dim()->set_size(size);
    elements *= size;
  }
  for (int64_t i = 0; i < elements; ++i) {
    if (dtype == proto::DT_FLOAT)
      value.mutable_tensor()->add_float_val(static_cast<float>(number));
    else
      value.mutable_tensor()->add_double_val(number);
  }
  return value;
}

Value mesh(proto::MeshPluginData::ContentType part, uint32_t components,
           proto::DataType dtype, bool shape = true) {
  proto::MeshPluginData data;
  data.set_name("m");
  data.set_content_type(part);
  data.set_components(components);
  data.set_json_config("{}");
  for (const int size : {1, 3, 3}) {
    if (shape) data.add_shape(size);
  }
  Value value = value_of("m_" + proto::MeshPluginData::ContentType_Name(part),
                         "mesh", 2, data.SerializeAsString());
  value.mutable_tensor()->set_dtype(dtype);
  for (const int64_t size : {1, 3, 3})
    value.mutable_tensor()->mutable_tensor_shape()->add_dim()->set_size(size);
  for (int i = 0; i < 9; ++i) {
    if (dtype == proto::DT_FLOAT)
      value.mutable_tensor()->add_float_val(0);
    else if (dtype == proto::DT_DOUBLE)
      value.mutable_tensor()->add_double_val(0);
    else
      value.mutable_tensor()->add_int_val(0);
  }
  return value;
}

Value histogram(std::initializer_list<int64_t> shape,
                std::initializer_list<double> numbers) {
  return with_class(double_tensor("t", "histograms", shape, numbers), 2);
}

Value layout(std::initializer_list<std::string_view> strings) {
  return with_class(
      string_tensor("custom_scalars__config__", "custom_scalars",
                    {static_cast<int64_t>(strings.size())}, strings),
      2);
}

Value audio(std::initializer_list<std::string_view> clips,
            std::string_view content = "\x10\x0b") {
  return with_class(
      string_tensor("t", "audio", {static_cast<int64_t>(clips.size())}, clips),
      3, content);
}

// A PNG of this size, as far as its header goes.
std::string png_header(uint32_t width, uint32_t height) {
  std::string bytes("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
  for (const uint32_t side : {width, height}) {
    for (int shift = 24; shift >= 0; shift -= 8)
      bytes += static_cast<char>(side >> shift);
  }
  return bytes;
}

// A projector with this config beside the data files.
BadLog projector(const std::string& trap, const std::string& config,
                 std::map<std::string, std::string> files) {
  files[kFile] = version_record() + summary_record(0, {scalar("t", 0)});
  files["run/projector_config.pbtxt"] = config;
  return {trap, std::move(files)};
}

BadLog one(const std::string& trap, const std::string& records,
           std::vector<std::string> also = {}) {
  return {trap, {{kFile, version_record() + records}}, std::move(also)};
}

const std::string& good() {
  static const std::string record = summary_record(0, {scalar("t", 0)});
  return record;
}

std::vector<BadLog> damaged_files() {
  std::string spoilt = summary_record(1, {scalar("t", 1)});
  spoilt.back() = static_cast<char>(spoilt.back() ^ 1);
  std::string endless(12, '\0');
  tblog::internal::store_record_header(endless.data(), uint64_t{1} << 40);
  // A member of gzip, stored without compression.
  const std::string plain = version_record() + good();
  std::string packed("\x1f\x8b\x08\0\0\0\0\0\0\x03\x01", 11);
  char size[2];
  size[0] = static_cast<char>(plain.size());
  size[1] = static_cast<char>(plain.size() >> 8);
  packed.append(size, 2);
  packed += static_cast<char>(~size[0]);
  packed += static_cast<char>(~size[1]);
  packed += plain;
  return {
      one("record-framing",
          good() + spoilt + summary_record(2, {scalar("t", 2)})),
      one("record-empty", framed(std::string()) + good()),
      one("record-length", good() + endless),
      one("record-cut-off", good() + spoilt.substr(0, 30)),
      one("event-invalid", good() + framed(std::string("\xff\xff"))),
      {"no-compression", {{"run/events.out.tfevents.1.gz", packed}}},
      one("no-preallocation", good() + std::string(100, '\0')),
  };
}

std::vector<BadLog> names_and_order() {
  // Two files whose names sort as they are here.
  const auto two = [](const char* trap, double second, int64_t first_step,
                      std::vector<std::string> also) {
    const int64_t other = first_step == 0 ? 2 : 0;
    return BadLog{
        trap,
        {{"run/tfevents.1",
          version_at(2000) + summary_at(2000, first_step, scalar("t", 0)) +
              summary_at(2100, first_step + 1, scalar("t", 1))},
         {"run/tfevents.2",
          version_at(second) + summary_at(second, other, scalar("t", 2)) +
              summary_at(second + 1, other + 1, scalar("t", 3))}},
        std::move(also)};
  };
  return {
      {"file-name",
       {{kFile, version_record() + good()},
        {"run/events.out.tfevents.2.profile-empty",
         version_record() + summary_record(0, {scalar("u", 0)})},
        {"run/events.out.1", version_record() + good()}}},
      {"logdir-tfevents",
       {{"a.tfevents.b/tfevents", version_record() + good()}}},
      {"run-names", {{"a\"b/tfevents", version_record() + good()}}},
      two("file-sort", 1000, 2, {"step-increasing"}),
      two("rotation", 2050, 0, {}),
      {"first-record",
       {{kFile, summary_record(5, {scalar("t", 5)}) +
                    summary_record(6, {scalar("t", 6)}) +
                    summary_record(7, {scalar("other", 7)}) +
                    summary_record(6, {scalar("t", 6)})}},
       {"step-increasing"}},
      // Not even root can open it.
      {"file-readable",
       {{"run/tfevents.1", version_record() + good()},
        {"run/tfevents.3",
         version_record() + summary_record(1, {scalar("t", 1)})}},
       {},
       {{"run/tfevents.2", "nothing"}}},
      {"source-writer",
       {{kFile,
         version_at(1000, "brain.Event:2", std::string(129, 'w')) + good()}}},
  };
}

std::vector<BadLog> events() {
  Value bad_tag = scalar("tt", 1);
  std::string tag_bytes = summary_record(1, {bad_tag});
  // Same length, so that only the payload's checksum must be made anew.
  std::string payload = tag_bytes.substr(12, tag_bytes.size() - 16);
  payload.replace(payload.find("tt"), 2, "t\xff");
  proto::Event meta = event_at(1, 1001);
  meta.set_meta_graph_def("\xff");
  Value dead = scalar("t", 1);
  dead.set_node_name("node");
  Value nameless = scalar("", 1);
  nameless.set_node_name("node");
  return {
      one("tag-utf8", good() + framed(payload)),
      one("meta-graph", good() + framed(meta)),
      one("wall-time-finite", good() + summary_at(kNan, 1, scalar("t", 1)) +
                                  summary_record(2, {scalar("t", 2)})),
      one("step-any-int64",
          good() + summary_record(int64_t{1} << 31, {scalar("t", 1)})),
      one("dead-fields", good() + summary_record(1, {dead})),
      one("tag-empty", good() + summary_record(1, {nameless}), {"dead-fields"}),
      one("step-increasing", summary_record(1, {scalar("t", 1)}) +
                                 summary_record(2, {scalar("t", 2)}) +
                                 summary_record(1, {scalar("t", 1)})),
      one("step-missing", good() + good() + good()),
      one("step-twice-in-event",
          summary_record(1, {scalar("t", 0), scalar("t", 1)})),
      one("session-resume", good() + summary_record(1, {scalar("t", 1)}) +
                                start(1) + summary_record(2, {scalar("t", 2)})),
      one("session-start", start(0) + good() +
                               summary_record(1, {scalar("t", 1)}) + start(1) +
                               summary_record(5, {scalar("t", 5)})),
  };
}

std::vector<BadLog> series() {
  Value late = scalar("t", 0);
  late.clear_metadata();
  Value renamed = scalar("t", 1);
  renamed.mutable_metadata()->set_display_name("T");
  return {
      one("metadata-first",
          summary_record(0, {late}) + summary_record(1, {scalar("t", 1)})),
      {"metadata-each-file",
       {{"run/tfevents.1", version_record() + good()},
        {"run/tfevents.2", version_record() + summary_record(1, {late})}}},
      one("metadata-constant", good() + summary_record(1, {renamed})),
      one("one-plugin", good() + summary_record(1, {text("t", "x")})),
      one("tensor-always",
          good() + summary_record(0, {value_of("u", "text", 2)})),
      one("plugin-content",
          good() + summary_record(0, {with_class(scalar("u", 1), 1, "{}")})),
      one("plugin-version",
          good() +
              summary_record(0, {with_class(scalar("u", 1), 1, "\x08\x01")})),
  };
}

std::vector<BadLog> tensors() {
  Value unsigned_one = tensor_of("t", proto::DT_UINT32, {2});
  unsigned_one.mutable_tensor()->add_uint32_val(1);
  unsigned_one.mutable_tensor()->add_uint32_val(2);
  Value brain = tensor_of("t", proto::DT_BFLOAT16, {1});
  brain.mutable_tensor()->add_half_val(0x3f80);
  Value short_one = tensor_of("t", proto::DT_FLOAT, {3});
  short_one.mutable_tensor()->add_float_val(1);
  short_one.mutable_tensor()->add_float_val(2);
  Value wide = value_of("t", "scalars", 1);
  wide.mutable_tensor()->set_dtype(proto::DT_DOUBLE);
  wide.mutable_tensor()->add_double_val(1);
  return {
      one("tensor-encoding", summary_record(0, {unsigned_one})),
      one("tensor-undecodable", summary_record(0, {brain})),
      one("tensor-repeat", summary_record(0, {short_one})),
      one("scalar-float32", good() + summary_record(1, {wide})),
      one("scalar-not-finite", good() + summary_record(1, {scalar("t", kNan)})),
      one("histogram-shape", summary_record(0, {histogram({2}, {1, 2})})),
      one("histogram-finite",
          summary_record(0, {histogram({1, 3}, {0, INFINITY, 1})})),
      one("histogram-range",
          summary_record(
              0, {[] {
                Value old = old_histogram("t", 0, 1, {0.5, 1}, {1, 1});
                old.mutable_histo()->set_num(1000);
                return old;
              }()})),
      one("histogram-outer-buckets",
          summary_record(0, {[] {
                           Value old = old_histogram(
                               "t", 0.1, 3.9, {0, 1, 4, 1e300}, {0, 3, 3, 0});
                           old.mutable_histo()->set_num(6);
                           return old;
                         }()})),
  };
}

std::vector<BadLog> media() {
  Value miscounted =
      with_class(string_tensor("t", "images", {4}, {"1", "1", "png"}), 3);
  return {
      one("image-shape", summary_record(0, {miscounted})),
      one("image-encoding",
          summary_record(
              0, {with_class(string_tensor("t", "images", {3},
                                           {"1", "1", "RIFF1234WEBPVP8 "}),
                             3)})),
      one("audio-content", summary_record(0, {audio({"RIFF"}, "")})),
      one("audio-clip-count", summary_record(0, {audio({"RIFF", "RIFF"})}) +
                                  summary_record(1, {audio({"RIFF"})})),
      one("text-utf8", summary_record(0, {text("t", "good")}) +
                           summary_record(1, {text("t", "\xff")})),
      one("text-table",
          summary_record(
              0, {with_class(string_tensor("t", "text", {2, 1, 1}, {"a", "b"}),
                             2)})),
  };
}

std::vector<BadLog> plugins() {
  const std::string start_a = hparams_content(1, "a");
  const std::string start_b = hparams_content(1, "b");
  Value no_tensor = session(start_a);
  no_tensor.clear_tensor();
  Value vertices = mesh(proto::MeshPluginData::VERTEX, 6, proto::DT_FLOAT);
  Value faces = mesh(proto::MeshPluginData::FACE, 6, proto::DT_INT32);
  proto::Event tagged = event_at(0, 1000);
  tagged.mutable_tagged_run_metadata()->set_tag("step0");
  proto::GraphDef long_one;
  long_one.add_node()->set_name("n");
  (*long_one.mutable_node(0)->mutable_attr())["a"].set_s(
      std::string(2000, 'x'));
  return {
      one("hparams-tensor", good() + summary_record(0, {no_tensor})),
      {"hparams-below-root",
       {{"tfevents",
         version_record() + good() + summary_record(0, {session(start_a)})}}},
      one("hparams-once", good() + summary_record(0, {session(start_a)}) +
                              summary_record(1, {session(start_b)})),
      one("hparams-finite",
          good() + summary_record(0, {session(hparams_content(INFINITY))})),
      {"hparams-one-experiment",
       {{"a/tfevents", version_record() + summary_record(0, {experiment()})},
        {"b/tfevents", version_record() + summary_record(0, {experiment()})}}},
      one("pr-shape", summary_record(0, {curve({5, 2}, 1)})),
      one("pr-counts", summary_record(0, {curve({6, 2}, 16777218)})),
      one("mesh-shape", summary_record(0, {mesh(proto::MeshPluginData::VERTEX,
                                                2, proto::DT_FLOAT, false)})),
      one("mesh-components", summary_record(0, {vertices})),
      one("mesh-dtypes", summary_record(0, {mesh(proto::MeshPluginData::VERTEX,
                                                 2, proto::DT_DOUBLE)})),
      one("mesh-steps",
          summary_record(0, {vertices}) + summary_record(1, {faces})),
      one("graph-steps", graph_at(0, graph_of({{"first", ""}})) +
                             graph_at(0, graph_of({{"second", ""}}))),
      one("graph-names", graph_at(0, graph_of({{"/a", ""}, {"b", "none"}}))),
      one("graph-parsable", graph_at(0, "\xff")),
      one("run-metadata-content",
          summary_record(0, {with_class(string_tensor("t", "graph_run_metadata",
                                                      {1}, {""}),
                                        3, "2")})),
      one("run-metadata-graph", framed(tagged)),
      one("graph-long-attributes", graph_at(0, long_one.SerializeAsString())),
      one("layout-one-string", summary_record(0, {layout({"", ""})})),
      one("layout-last", summary_record(0, {layout({""})}) +
                             summary_record(0, {layout({""})})),
  };
}

std::vector<BadLog> projectors() {
  const std::string two = "embeddings { tensor_name: \"a\" tensor_path: \"a\" ";
  std::string raw;
  for (int i = 0; i < 4; ++i) raw.append("AAAA");  // 12.1 four times
  return {
      projector("projector-inside",
                "embeddings { tensor_name: \"a\" tensor_path: \"../../a\" }",
                {}),
      projector("projector-names",
                "embeddings { tensor_name: \"a&b\" tensor_path: \"a\" }",
                {{"run/a", "1\t2\n"}}),
      projector("projector-unique", two + "} " + two + "}",
                {{"run/a", "1\t2\n"}}),
      projector("projector-binary", two + "tensor_shape: 2 tensor_shape: 2 }",
                {{"run/a", raw}}),
      projector("projector-columns", two + "}",
                {{"run/a", std::string("\0\0\x80\xbf\0\0\x80\xbf", 8)}}),
      projector("projector-metadata", two + "metadata_path: \"m\" }",
                {{"run/a", "1\t2\n3\t4\n"}, {"run/m", "one\n\n"}}),
      projector("projector-sprite",
                two + "sprite { image_path: \"s\" single_image_dim: 9000 "
                      "single_image_dim: 1 } }",
                {{"run/a", "1\t2\n"}, {"run/s", png_header(9000, 1)}}),
  };
}

}  // namespace

std::vector<BadLog> bad_logs() {
  std::vector<BadLog> all;
  for (auto* some : {&damaged_files, &names_and_order, &events, &series,
                     &tensors, &media, &plugins, &projectors}) {
    for (BadLog& log : some()) all.push_back(std::move(log));
  }
  return all;
}

}  // namespace tblog::testing
