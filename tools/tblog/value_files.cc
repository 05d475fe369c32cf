// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/value_files.h"

#include "tools/tblog/display_text.h"
#include "tools/tblog/graph_text.h"
#include "tools/tblog/number.h"
#include "tools/tblog/picture.h"
#include "tools/tblog/value_json.h"

namespace tblog::tool {
namespace {

std::string image_extension(const std::string& image) {
  const std::string format(image_format(image));
  return format == "unknown" ? "bin" : format;
}

std::string scalars_csv(const Series& series,
                        const std::vector<size_t>& indices) {
  std::string csv = "step,wall_time,value\n";
  for (const size_t index : indices)
    csv += std::to_string(series.steps()[index]) + "," +
           format_value(series.wall_times()[index], 17) + "," +
           format_value(series.values()[index], 9) + "\n";
  return csv;
}

std::string pr_curve_csv(const PrCurveValue& curve) {
  std::string csv =
      "threshold,true_positives,false_positives,true_negatives,"
      "false_negatives,precision,recall\n";
  for (size_t i = 0; i < curve.thresholds.size(); ++i) {
    for (const auto* column :
         {&curve.thresholds, &curve.true_positives, &curve.false_positives,
          &curve.true_negatives, &curve.false_negatives, &curve.precision})
      csv += format_value((*column)[i], 9) + ",";
    csv += format_value(curve.recall[i], 9) + "\n";
  }
  return csv;
}

// A row of a Markdown table; what would end a cell or a row is escaped.
std::string markdown_row(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const std::string& cell : cells) {
    row += ' ';
    for (const char c : cell) {
      if (c == '|')
        row += "\\|";
      else if (c == '\n')
        row += "<br>";
      else
        row += c;
    }
    row += " |";
  }
  return row + "\n";
}

// A text as it is; a table's first row as its head, which Markdown wants.
std::string markdown(const TextValue& value) {
  if (value.texts.size() == 1) return value.texts.front();
  const auto columns =
      static_cast<size_t>(value.shape.size() == 2 ? value.shape[1] : 1);
  std::string text;
  for (size_t at = 0; at + columns <= value.texts.size(); at += columns) {
    const auto row = value.texts.begin() + static_cast<std::ptrdiff_t>(at);
    text += markdown_row({row, row + static_cast<std::ptrdiff_t>(columns)});
    if (at > 0) continue;
    text += "|";
    for (size_t i = 0; i < columns; ++i) text += " --- |";
    text += "\n";
  }
  return text;
}

// The meshes of the batch as objects of one OBJ file; a colour stands behind
// its vertex, from 0 to 1, as most programs read it.
std::string obj(const MeshValue& mesh) {
  std::string text = "# by tblog\n";
  const auto batch = static_cast<size_t>(mesh.batch);
  if (batch == 0) return text;
  const size_t points = mesh.vertices.size() / 3 / batch;
  const size_t faces = mesh.faces.size() / 3 / batch;
  const auto number = [](double x) { return " " + format_value(x, 9); };
  for (size_t b = 0; b < batch; ++b) {
    text += "o " + std::to_string(b) + "\n";
    for (size_t i = b * points * 3; i < (b + 1) * points * 3; i += 3) {
      text += "v";
      for (size_t j = i; j < i + 3; ++j) text += number(mesh.vertices[j]);
      for (size_t j = i; j < i + 3 && j < mesh.colors.size(); ++j)
        text += number(mesh.colors[j] / 255.0);
      text += "\n";
    }
    for (size_t i = b * faces * 3; i < (b + 1) * faces * 3; i += 3) {
      text += "f";
      for (size_t j = i; j < i + 3; ++j)  // counted from 1, over all objects
        text += " " + std::to_string(static_cast<size_t>(mesh.faces[j]) +
                                     b * points + 1);
      text += "\n";
    }
  }
  return text;
}

std::string graph_txt(const GraphDefValue& graph) {
  std::string text = graph_size_text(graph) + "\n";
  for (const std::string& line : graph_tree(graph, SIZE_MAX / 2))
    text += line + "\n";
  return text;
}

void write_one(const FileSink& sink, const std::string& name,
               const Series& series, size_t index, const MeshSeries* mesh) {
  switch (series.kind()) {
    case ValueKind::kImage:
      for (const std::string& image :
           value_or_throw(series.image(index)).images)
        sink.write(name, image_extension(image), image);
      return;
    case ValueKind::kAudio:
      for (const std::string& clip : value_or_throw(series.audio(index)).clips)
        sink.write(name, clip.starts_with("RIFF") ? "wav" : "bin", clip);
      return;
    case ValueKind::kText: {
      const TextValue text = value_or_throw(series.text(index));
      if (text.texts.size() == 1 || text.shape.size() <= 2)
        return sink.write(name, "md", markdown(text));
      for (const std::string& one : text.texts) sink.write(name, "md", one);
      return;
    }
    case ValueKind::kPrCurve:
      return sink.write(name, "csv",
                        pr_curve_csv(value_or_throw(series.pr_curve(index))));
    case ValueKind::kMesh:
      if (mesh == nullptr) break;  // a part without vertices is no mesh
      return sink.write(name, "obj", obj(value_or_throw(mesh->at(index))));
    case ValueKind::kGraph:
      return sink.write(name, "txt",
                        graph_txt(value_or_throw(series.graph(index))));
    default:
      break;
  }
  sink.write(name, "json", json_line(json_value(series, index)));
}

// Tabs and line breaks would end a cell.
std::string tsv_cell(std::string text) {
  for (char& c : text) {
    if (c == '\t' || c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

template <class T, class F>
std::string tsv(const std::vector<T>& cells, size_t columns, F&& text_of) {
  std::string text;
  for (size_t i = 0; i < cells.size(); ++i)
    text += text_of(cells[i]) + ((i + 1) % columns == 0 ? "\n" : "\t");
  return text;
}

}  // namespace

void FileSink::write(const std::string& name, const std::string& extension,
                     const std::string& content) const {
  out << "wrote " << printable(folder.write(name, extension, content)) << '\n';
}

void write_values(const FileSink& sink, const std::string& name,
                  const Series& series, const std::vector<size_t>& indices,
                  const MeshSeries* mesh) {
  if (series.kind() == ValueKind::kScalar)
    return sink.write(name, "csv", scalars_csv(series, indices));
  for (const size_t index : indices)
    write_one(sink, name + "_step" + std::to_string(series.steps()[index]),
              series, index, mesh);
}

void write_embedding(const FileSink& sink, const std::string& name,
                     const EmbeddingFiles& embedding) {
  const EmbeddingValue value = value_or_throw(embedding.read());
  const auto dimensions = static_cast<size_t>(value.dimensions);
  sink.write(name, "tsv", tsv(value.values, dimensions, [](float x) {
               return format_value(x, 9);
             }));
  if (!value.metadata.empty()) {
    const size_t columns = value.columns.empty() ? 1 : value.columns.size();
    sink.write(name + "_metadata", "tsv",
               tsv(value.columns, columns, tsv_cell) +
                   tsv(value.metadata, columns, tsv_cell));
  }
  if (!value.sprite.empty())
    sink.write(name + "_sprite", image_extension(value.sprite), value.sprite);
}

}  // namespace tblog::tool
