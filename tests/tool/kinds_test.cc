// SPDX-License-Identifier: Apache-2.0
//
// What tblog ls and tblog show say of the kinds that are more than a tensor, in
// logs by TensorFlow and PyTorch and in hostile ones.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tblog/proto/graph.pb.h"
#include "tblog/proto/plugins.pb.h"
#include "tblog/proto/run_metadata.pb.h"
#include "tests/tool/command_fixture.h"

namespace tblog::tool {
namespace {

using tblog::testing::EventFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class KindsTest : public CommandFixture {
 protected:
  // `command`, then the log of that writer, then `options`.
  Result golden(const std::string& command, const std::string& log,
                const std::string& options = "") const {
    return tblog(command + " '" + TBLOG_GOLDEN_LOGS + "/" + log + "' " +
                 options);
  }

  // The "value" of the only line of JSON.
  nlohmann::json value(const std::string& log, const std::string& tag) const {
    const auto objects =
        golden("show", log, "--json --tag '" + tag + "'").json();
    EXPECT_EQ(objects.size(), 1u) << tag;
    return objects.empty() ? nlohmann::json() : objects[0]["value"];
  }
};

TEST_F(KindsTest, LsSaysTheLastValueOfEachKind) {
  const Result result = golden("ls", "tensorflow/v2", "--tag '[_cpt]*'");
  EXPECT_EQ(result.code, 0);
  for (const char* line :
       {"__run_graph__                 graph             1      0     0  5 "
        "nodes",
        "_hparams_/experiment          hparams           1      0     0  2 "
        "hparams, 1 metric",
        "amp=true epochs=3 lr=0.01 optimizer=adam",
        "2 clips, 0.0005 s at 8000 Hz", "2 categories, 2 charts",
        "average precision 0.9167",
        "mesh              1      6     6  4 vertices",
        "run_metadata      1      8     8  2 graphs"}) {
    EXPECT_THAT(result.out, HasSubstr(line));
  }
  const Result v1 = golden("ls", "tensorflow/v1");
  EXPECT_THAT(v1.out, HasSubstr("5 nodes on 1 device"));
  EXPECT_THAT(v1.out, HasSubstr("session           3      7     7  stop"));
  EXPECT_THAT(v1.out, HasSubstr("2 points of 2 dimensions"));
}

TEST_F(KindsTest, ShowDrawsACurveOfPrecisionOverRecall) {
  const std::string out =
      golden("show", "tensorflow/v2", "--kind pr_curve --ascii --width 60").out;
  EXPECT_THAT(out, HasSubstr("5 thresholds, average precision 0.9167"));
  EXPECT_THAT(out, HasSubstr("1.0 +"));
  EXPECT_THAT(out, HasSubstr("precision over recall\n"));
}

TEST_F(KindsTest, ShowPutsAMeshTogether) {
  const std::string out = golden("show", "torch", "--kind mesh").out;
  EXPECT_THAT(out, HasSubstr("    4 vertices, 2 faces, 4 colours\n"
                             "    x  0 to 1\n"
                             "    y  0 to 1\n"
                             "    z  0 to 1.5\n"));
  EXPECT_EQ(value("torch", "tetrahedron_FACE")["faces"],
            nlohmann::json({0, 1, 2, 0, 1, 3}));
}

TEST_F(KindsTest, ShowPrintsHyperparametersAsTables) {
  const std::string out = golden("show", "tensorflow/v2", "--kind hparams").out;
  EXPECT_THAT(out, HasSubstr("    HPARAM     TYPE    VALUES\n"
                             "    lr         float   0.0001 to 0.1\n"
                             "    optimizer  string  adam, sgd\n"));
  EXPECT_THAT(out, HasSubstr("    METRIC    RUN BELOW  NAME  DATASET\n"
                             "    accuracy  test       acc   validation\n"));
  EXPECT_THAT(out, HasSubstr("    lr         0.01\n"));
  EXPECT_EQ(value("tensorflow/v2",
                  "_hparams_/session_start_info")["session_start"]["hparams"],
            nlohmann::json({{"amp", true},
                            {"epochs", 3.0},
                            {"lr", 0.01},
                            {"optimizer", "adam"}}));
  EXPECT_EQ(
      value("torch", "_hparams_/session_end_info")["session_end"]["status"],
      "success");
}

TEST_F(KindsTest, ShowPrintsAGraphAsATree) {
  const std::string out = golden("show", "tensorflow/v1", "--kind graph").out;
  EXPECT_THAT(out, HasSubstr("    25 nodes: Const 16, "));
  EXPECT_THAT(out,
              HasSubstr("    dense/  2 nodes: Const, MatMul\n"
                        "      ones  Const  [3, 2]\n"
                        "      product  MatMul (in, dense/ones)  [?, 2]\n"));
  const auto graph = value("tensorflow/v2", "__run_graph__");
  EXPECT_EQ(graph["nodes"][2]["name"], "product");
  EXPECT_EQ(graph["nodes"][2]["attributes"]["T"], "DT_FLOAT");
  EXPECT_EQ(graph["nodes"][2]["output_shapes"], nlohmann::json({{-1, 2}}));
}

TEST_F(KindsTest, ShowSortsNodesByTheirTime) {
  const auto devices = value("tensorflow/v1", "step 7")["devices"];
  int64_t longest = 0;
  std::string slowest;
  for (const auto& node : devices[0]["nodes"]) {
    if (node["total_micros"] <= longest) continue;
    longest = node["total_micros"];
    slowest = node["name"];
  }
  const std::string out =
      golden("show", "tensorflow/v1", "--kind run_metadata").out;
  const size_t rows = out.find("DEVICE\n");
  ASSERT_NE(rows, std::string::npos);
  EXPECT_THAT(out.substr(rows + 7), StartsWith("    " + slowest + " "));
}

TEST_F(KindsTest, ShowDrawsTheWaveOfAClip) {
  EXPECT_THAT(golden("show", "torch", "--kind audio --ascii").out,
              HasSubstr("    0.0005 s, 8000 Hz, 1 channel, peak 1\n"
                        "    _==@\n"));
}

TEST_F(KindsTest, ShowPrintsTextsOfRankTwoAsTables) {
  EXPECT_THAT(golden("show", "tensorflow/v2", "--tag table").out,
              HasSubstr("    a  b\n"
                        "    c  d\n"));
}

TEST_F(KindsTest, ShowPrintsSessionsLayoutsAndEmbeddings) {
  const std::string sessions =
      golden("show", "tensorflow/v1", "--kind session").out;
  EXPECT_THAT(sessions, HasSubstr("     7  checkpoint  model-7.ckpt"));
  const std::string layout = golden("show", "torch", "--kind layout").out;
  EXPECT_THAT(layout, HasSubstr("      band\n"
                                "        v between l and u\n"));
  const std::string points = golden("show", "torch", "--kind embedding").out;
  EXPECT_THAT(points, HasSubstr("words:00009  embedding\n"
                                "    00009/words/tensors.tsv: 3 points of 2 "
                                "dimensions\n"
                                "    00009/words/sprite.png: png of images of "
                                "2x2"));
  EXPECT_THAT(points, HasSubstr("    zwei    -3     0\n"));
  EXPECT_EQ(value("torch", "columns*")["columns"],
            nlohmann::json({"name", "color"}));
}

TEST_F(KindsTest, EmbeddingsHaveNoSteps) {
  EXPECT_EQ(golden("ls", "torch", "--json --steps : --kind embedding").code, 2);
  const auto objects = golden("ls", "torch", "--json --kind embedding").json();
  ASSERT_EQ(objects.size(), 2u);
  EXPECT_EQ(objects[0], nlohmann::json({{"run", "run"},
                                        {"tag", "words:00009"},
                                        {"kind", "embedding"},
                                        {"count", 1}}));
}

TEST_F(KindsTest, FilesAreWhatOtherProgramsRead) {
  EXPECT_EQ(golden("show", "tensorflow/v2", "--out files").code, 0);
  EXPECT_EQ(read("files/tetrahedron_VERTEX_step6.obj"),
            "# by tblog\n"
            "o 0\n"
            "v 0 0 0 1 0 0\n"
            "v 1 0 0 0 1 0\n"
            "v 0 1 0 0 0 1\n"
            "v 0 0 1.5 0.0352941176 0.031372549 0.0274509804\n"
            "f 1 2 3\n"
            "f 1 2 4\n");
  EXPECT_THAT(read("files/pr_pr_curves_step7.csv"),
              StartsWith("threshold,true_positives,false_positives,"
                         "true_negatives,false_negatives,precision,recall\n"
                         "0,3,2,0,0,0.600000024,1\n"));
  EXPECT_THAT(read("files/clips_step3.wav"), StartsWith("RIFF"));
  EXPECT_EQ(read("files/table_step4.md"),
            "| a | b |\n| --- | --- |\n| c | d |\n");
  EXPECT_THAT(read("files/__run_graph___step0.txt"),
              StartsWith("5 nodes\nx  Placeholder  [?, 3]\n"));
  EXPECT_EQ(golden("show", "torch", "--kind embedding --out points").code, 0);
  EXPECT_EQ(read("points/run_words%3a00009.tsv"), "1\t2.5\n-3\t0\n0.5\t0.25\n");
  EXPECT_EQ(read("points/run_columns%3a00010_metadata.tsv"),
            "name\tcolor\na\tred\n");
}

// ---- Hostile content ----

proto::Summary::Value strings(const std::string& text) {
  proto::Summary::Value value;
  value.mutable_tensor()->set_dtype(proto::DT_STRING);
  value.mutable_tensor()->add_string_val(text);
  return value;
}

template <class Message>
proto::Summary::Value with_content(const Message& message) {
  proto::Summary::Value value;
  value.mutable_metadata()->mutable_plugin_data()->set_content(
      message.SerializeAsString());
  return value;
}

TEST_F(KindsTest, NothingInAValueReachesTheTerminalAsACommand) {
  const std::string evil = "a\x1b]0;x\x07\xc2\x9b\x35m\r\n\x7f\b";
  EventFile file;
  proto::GraphDef graph;
  proto::NodeDef& node = *graph.add_node();
  node.set_name(evil + "/" + evil);
  node.set_op(evil);
  node.set_device(evil);
  node.add_input(evil);
  (*node.mutable_attr())[evil].set_s(evil);
  graph.mutable_library()->add_function()->mutable_signature()->set_name(evil);
  proto::Event event;
  event.set_graph_def(graph.SerializeAsString());
  file.append(event);
  proto::RunMetadata metadata;
  auto& device = *metadata.mutable_step_stats()->add_dev_stats();
  device.set_device(evil);
  device.add_node_stats()->set_node_name(evil);
  file.add("rm", 0, "graph_run_metadata",
           strings(metadata.SerializeAsString()));
  event.mutable_session_log()->set_checkpoint_path(evil);
  event.mutable_session_log()->set_msg(evil);
  file.append(event);
  proto::Layout layout;
  layout.add_category()->set_title(evil);
  layout.mutable_category(0)->add_chart()->set_title(evil);
  layout.mutable_category(0)->mutable_chart(0)->mutable_multiline()->add_tag(
      evil);
  file.add("cs", 0, "custom_scalars", strings(layout.SerializeAsString()));
  proto::HParamsPluginData hparams;
  auto& start = *hparams.mutable_session_start_info();
  (*start.mutable_hparams())[evil].set_string_value(evil);
  start.set_group_name(evil);
  file.add("hs", 0, "hparams", with_content(hparams));
  auto& experiment = *hparams.mutable_experiment();
  experiment.set_name(evil);
  experiment.set_description(evil);
  experiment.add_hparam_infos()->set_name(evil);
  experiment.add_metric_infos()->mutable_name()->set_tag(evil);
  file.add("he", 0, "hparams", with_content(hparams));
  proto::MeshPluginData mesh;
  mesh.set_name(evil);
  mesh.set_content_type(proto::MeshPluginData::VERTEX);
  mesh.set_json_config(evil);
  proto::Summary::Value vertices = with_content(mesh);
  vertices.mutable_tensor()->set_dtype(proto::DT_FLOAT);
  for (const int size : {1, 1, 3})
    vertices.mutable_tensor()->mutable_tensor_shape()->add_dim()->set_size(
        size);
  vertices.mutable_tensor()->add_float_val(1);
  file.add("m", 0, "mesh", vertices);
  write_run("runs", file);
  write("runs/projector_config.pbtxt",
        "embeddings { tensor_name: '\\033[2J' tensor_path: '\\033[2J' }\n"
        "embeddings { tensor_name: 'w' tensor_path: 't' metadata_path: 'm' }");
  write("runs/t", "1\t2\n");
  write("runs/m", "\x1b[2J\t\x1b[2J\n\x1b[2J\t\x1b[2J\n");
  for (const char* command : {"ls runs", "show runs", "ls runs --json",
                              "show runs --json", "show runs --out files"}) {
    const Result result = tblog(std::string(command) + " --color always");
    EXPECT_TRUE(is_safe_for_a_terminal(result.out)) << command;
    EXPECT_TRUE(is_safe_for_a_terminal(result.err)) << command;
    EXPECT_THAT(result.out, HasSubstr("m")) << command;
  }
}

TEST_F(KindsTest, AnEmbeddingOutsideOfItsRunIsAProblemOfTheLog) {
  write("secret.tsv", "1\t2\n");
  write_run("runs", EventFile().scalar("loss", 0, 1));
  write("runs/projector_config.pbtxt",
        "embeddings { tensor_name: 'w' tensor_path: '../secret.tsv' }");
  for (const char* command : {"ls runs", "show runs", "show runs --json"}) {
    const Result result = tblog(command);
    EXPECT_EQ(result.code, 1) << command;
    EXPECT_THAT(result.err, HasSubstr("leads outside")) << command;
    EXPECT_THAT(result.out, HasSubstr("loss")) << command;
  }
}

TEST_F(KindsTest, AGraphThatIsNoneIsAProblemOfTheLog) {
  proto::Event event;
  event.set_graph_def("no graph");
  EventFile file;
  file.append(event);
  write_run("runs", file);
  const Result result = tblog("show runs");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("graph that is malformed"));
}

}  // namespace
}  // namespace tblog::tool
