// SPDX-License-Identifier: Apache-2.0
//
// docs/json.md names the fields that each command gives, all of them and no
// other.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tblog/proto/graph.pb.h"
#include "tests/tool/command_fixture.h"

namespace tblog::tool {
namespace {

using tblog::testing::EventFile;
using ::testing::IsEmpty;
using ::testing::Not;

using Names = std::set<std::string>;

// What stands between backquotes: names of fields only, no options.
Names quoted_names(const std::string& text) {
  Names names;
  for (size_t begin = text.find('`'); begin != std::string::npos;
       begin = text.find('`', begin)) {
    const size_t end = text.find('`', begin + 1);
    const std::string name = text.substr(begin + 1, end - begin - 1);
    if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_-0123456789") ==
            std::string::npos &&
        !name.starts_with("-"))
      names.insert(name);
    begin = end + 1;
  }
  return names;
}

std::string without_parentheses(const std::string& text) {
  std::string out;
  int depth = 0;
  for (const char c : text) {
    depth += c == '(';
    if (depth == 0) out += c;
    depth -= c == ')';
  }
  return out;
}

// A table of the page: the second cell of each row by the names in the first.
std::map<std::string, std::string> table_of_page(const std::string& title) {
  std::map<std::string, std::string> rows;
  std::ifstream page(TBLOG_JSON_PAGE);
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| `")) {
      inside = line.starts_with("| " + title) ||
               (inside && line.starts_with("| ---"));
      continue;
    }
    const size_t second = line.find(" | ");
    if (!inside || second == std::string::npos) continue;
    if (line.starts_with("| `export --format jsonl`"))
      rows["export"] = line.substr(second);
    for (const std::string& name : quoted_names(line.substr(0, second)))
      rows[name] = line.substr(second);
  }
  return rows;
}

Names fields_of(const std::vector<nlohmann::json>& objects) {
  Names names;
  for (const auto& object : objects) {
    for (const auto& [name, value] : object.items()) names.insert(name);
  }
  return names;
}

// The keys of objects at any depth, but those that the log itself names.
void add_all_keys(const nlohmann::json& value, Names& names) {
  for (const auto& [name, inner] : value.items()) {
    if (value.is_object()) names.insert(name);
    if (name != "attributes" && !(name == "hparams" && inner.is_object()) &&
        inner.is_structured())
      add_all_keys(inner, names);
  }
}

class JsonDocsTest : public CommandFixture {
 protected:
  JsonDocsTest()
      : commands_(table_of_page("command")), kinds_(table_of_page("kind")) {}

  // The page's fields of a command, "those of `show`" spelled out.
  Names documented(const std::string& command) const {
    const auto row = commands_.find(command);
    if (row == commands_.end()) return {};
    Names names = quoted_names(without_parentheses(row->second));
    if (names.erase("show") > 0) names.merge(documented("show"));
    return names;
  }

  std::string golden(const std::string& log) const {
    return std::string("'") + TBLOG_GOLDEN_LOGS + "/" + log + "'";
  }

  // All that these command lines print.
  std::vector<nlohmann::json> all(
      const std::vector<std::string>& command_lines) const {
    std::vector<nlohmann::json> objects;
    for (const std::string& command : command_lines) {
      const Result result = tblog(command + " --json");
      EXPECT_LE(result.code, 1) << command << '\n' << result.err;
      for (const auto& object : result.json()) objects.push_back(object);
    }
    return objects;
  }

  void write_damaged_run(const std::string& run) const {
    std::string bytes =
        EventFile()
            .scalar("loss", 1, 1)
            .scalar("loss", 2, std::numeric_limits<float>::quiet_NaN())
            .text("note", 2, "loss is not a number")
            .scalar("loss", 3, 3)
            .bytes();
    bytes[bytes.size() - 6] ^= 1;
    write(run + "/events.out.tfevents.1000000000.host.1.0", bytes);
  }

  std::map<std::string, std::string> commands_;
  std::map<std::string, std::string> kinds_;
};

TEST_F(JsonDocsTest, EachCommandGivesItsFieldsAndNoOther) {
  write_damaged_run("bad/a");
  write_damaged_run("torn/a");
  write_run("good/a", EventFile().scalar("loss", 1, 1).scalar("acc", 1, 1));
  write_run("good/b", EventFile().scalar("loss", 1, 2));
  write("broken/tblog-journal.1", std::string(1 << 16, 'x'));
  const std::string kinds = golden("tensorflow/v2");
  const std::map<std::string, std::vector<std::string>> command_lines = {
      {"ls", {"ls " + kinds}},
      {"show", {"show " + kinds}},
      {"head", {"head " + kinds}},
      {"tail", {"tail " + kinds}},
      {"plot", {"plot bad --smooth 0.5"}},
      {"stat", {"stat bad"}},
      {"grep", {"grep loss bad"}},
      {"verify", {"verify bad"}},
      {"diff", {"diff good/a good/b", "diff good bad"}},
      {"hparams", {"hparams " + kinds}},
      {"merge",
       {"merge good/a -o merged",
        "merge good/a good/b -o reduced --reduce mean"}},
      {"split", {"split good -o parts"}},
      {"edit", {"edit good -o edited --shift-steps 1"}},
      {"repair", {"repair torn --in-place", "repair broken --journals"}},
      {"resume", {"resume good/a --step 1"}},
  };
  for (const auto& [command, lines] : command_lines)
    EXPECT_EQ(fields_of(all(lines)), documented(command)) << command;
  // Of `verify --traps` "the first seven".
  EXPECT_EQ(fields_of(all({"verify --traps"})).size(), 7u);
  // It has no --json: the format is one.
  EXPECT_EQ(fields_of(tblog("export --format jsonl " + kinds).json()),
            documented("export"));
}

TEST_F(JsonDocsTest, EveryCommandWithJsonIsOnThePage) {
  for (const char* command :
       {"completion", "diff",   "edit",   "export", "grep",  "head",
        "hparams",    "import", "ls",     "man",    "merge", "onnx-graph",
        "onnx-tap",   "plot",   "repair", "resume", "show",  "split",
        "stat",       "tail",   "verify"}) {
    const std::string help = tblog(std::string(command) + " --help").out;
    if (help.find("\n  --json ") != std::string::npos) {
      EXPECT_THAT(documented(command), Not(IsEmpty())) << command;
    }
  }
}

TEST_F(JsonDocsTest, ReasonsOfDiffAreOnThePage) {
  write_run("a/x", EventFile()
                       .scalar("a", 1, 1)
                       .scalar("b", 1, 1)
                       .scalar("c", 1, 1)
                       .scalar("s", 1, 1)
                       .scalar("s", 2, 1));
  write_run("b/x", EventFile()
                       .scalar("a", 1, 2)
                       .text("b", 1, "x")
                       .scalar("d", 1, 1)
                       .scalar("s", 1, 1)
                       .scalar("s", 3, 1));
  Names reasons;
  for (const auto& object : all({"diff a b"})) {
    reasons.insert(object["reason"]);
    EXPECT_NE(
        commands_.at("diff").find("`" + std::string(object["reason"]) + "`"),
        std::string::npos)
        << object;
  }
  EXPECT_GE(reasons.size(), 4u);
}

TEST_F(JsonDocsTest, TheValueOfEachKindHasTheFieldsOfThePage) {
  proto::GraphDef graph;
  graph.add_node()->set_name("x");
  proto::FunctionDef& function = *graph.mutable_library()->add_function();
  function.mutable_signature()->set_name("f");
  proto::Event event;
  event.set_graph_def(graph.SerializeAsString());
  EventFile file;
  file.append(event);
  write_run("functions", file);
  std::map<std::string, Names> keys;
  for (const auto& object :
       all({"show " + golden("tensorflow/v1") + " --steps :",
            "show " + golden("tensorflow/v2"), "show " + golden("torch"),
            "show " + golden("tensorboardx") + " --kind image --kind audio",
            "show " + golden("tensorflow/v1") + " --kind embedding",
            "show functions"})) {
    if (object["value"].is_structured())
      add_all_keys(object["value"], keys[object["kind"]]);
  }
  EXPECT_GE(keys.size(), 11u);
  for (const auto& [kind, found] : keys) {
    ASSERT_TRUE(kinds_.contains(kind)) << kind;
    Names all_names = quoted_names(kinds_.at(kind));
    // "graphs: as `graph`", but for its functions.
    if (all_names.erase("graph") > 0)
      all_names.merge(quoted_names(kinds_.at("graph")));
    for (const std::string& name : found)
      EXPECT_TRUE(all_names.contains(name)) << kind << ": " << name;
    for (const std::string& name :
         quoted_names(without_parentheses(kinds_.at(kind))))
      EXPECT_TRUE(found.contains(name) || name == "graph")
          << kind << ": " << name;
  }
}

}  // namespace
}  // namespace tblog::tool
