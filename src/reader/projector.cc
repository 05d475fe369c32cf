// SPDX-License-Identifier: Apache-2.0

#include "src/reader/projector.h"

#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "src/base/strings.h"
#include "src/reader/small_file.h"
#include "tblog/proto/plugins.pb.h"

namespace tblog::internal {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kConfigName = "projector_config.pbtxt";
// Where TensorBoard's own writers put it: below the run's directory.
constexpr std::string_view kPluginFolder =
    "plugins/org_tensorflow_tensorboard_projector";
constexpr uint64_t kMaxConfigBytes = uint64_t{16} << 20;

// Keeps the first error; libprotobuf prints them by itself.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (text_.empty())
      text_ = absl::StrCat(line + 1, ":", column + 1, ": ", message);
  }
  void AddWarning(int, int, const std::string&) override {}
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// How deep the braces of a text nest outside of quotes; libprotobuf descends
// into each.
int nesting(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\') ++i;
      if (c == quote || c == '\n') quote = 0;  // a string ends with its line
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (c == '{' || c == '<' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == '>' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

absl::StatusOr<proto::ProjectorConfig> parse_config(const std::string& text) {
  // A config has two levels.
  if (!is_valid_utf8(text) || nesting(text) > 10)
    return absl::InvalidArgumentError("it is no config of the projector");
  google::protobuf::TextFormat::Parser parser;
  FirstError error;
  parser.RecordErrorsTo(&error);
  parser.AllowUnknownField(true);
  proto::ProjectorConfig config;
  if (!parser.ParseFromString(text, &config)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "it is no config of the projector: ", escaped(error.text())));
  }
  return config;
}

EmbeddingFiles files_of(const proto::EmbeddingInfo& message,
                        const std::string& directory) {
  EmbeddingFiles files;
  files.directory = directory;
  files.name =
      to_valid_utf8(message.tensor_name());  // escapes may say anything
  files.tensor_path = message.tensor_path();
  files.metadata_path = message.metadata_path();
  files.bookmarks_path = message.bookmarks_path();
  files.sprite_path = message.sprite().image_path();
  if (message.sprite().single_image_dim_size() == 2) {
    files.sprite_width = message.sprite().single_image_dim(0);
    files.sprite_height = message.sprite().single_image_dim(1);
  }
  files.tensor_shape.assign(message.tensor_shape().begin(),
                            message.tensor_shape().end());
  return files;
}

std::string config_in(const std::string& directory) {
  return absl::StrCat(directory, "/", to_absl(kConfigName));
}

// The folders of `directory` that hold a config.
std::vector<std::string> config_folders(const std::string& directory) {
  std::vector<std::string> folders;
  for (std::string folder :
       {directory, absl::StrCat(directory, "/", to_absl(kPluginFolder))}) {
    std::error_code error;
    if (fs::exists(config_in(folder), error)) folders.push_back(folder);
  }
  return folders;
}

}  // namespace

bool has_projector_config(const std::string& directory) {
  return !config_folders(directory).empty();
}

std::vector<EmbeddingFiles> find_embeddings(
    const std::string& directory, std::vector<SkippedRegion>* skipped) {
  std::vector<EmbeddingFiles> found;
  for (const std::string& folder : config_folders(directory)) {
    const std::string path = config_in(folder);
    absl::StatusOr<std::string> text = read_small_file(path, kMaxConfigBytes);
    absl::StatusOr<proto::ProjectorConfig> config =
        text.ok() ? parse_config(*text) : text.status();
    if (!config.ok()) {
      skipped->push_back({path, 0, text.ok() ? text->size() : 0,
                          std::string(config.status().message())});
      continue;
    }
    for (const proto::EmbeddingInfo& embedding : config->embeddings())
      found.push_back(files_of(embedding, folder));
  }
  return found;
}

}  // namespace tblog::internal
