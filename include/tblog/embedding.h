// SPDX-License-Identifier: Apache-2.0
//
// What stands beside the points of an embedding on TensorBoard's projector
// page.

#ifndef TBLOG_EMBEDDING_H_
#define TBLOG_EMBEDDING_H_

#include <string>
#include <vector>

#include "tblog/image.h"
#include "tblog/tensor_view.h"

namespace tblog {

// A named value of each point, such as its class. Tabs and line breaks in it
// become spaces, since the page reads tables of them.
struct EmbeddingColumn {
  std::string name;
  std::vector<std::string> values;
};

struct EmbeddingOptions {
  // A text for each point. Default: none.
  std::vector<std::string> labels = {};

  // More about each point, to colour and to search by. The page shows names of
  // columns only where there are two or more, labels included, whose column is
  // called "label". Default: none.
  std::vector<EmbeddingColumn> metadata = {};

  // An image for each point. Shape: [n, height, width, channels] or as
  // sprite_layout says, of one image or of all; dtypes as
  // SummaryWriter::image() takes them. They become one PNG of at most 8192
  // pixels a side: 10,000 images may be of 81 by 81 pixels, for example.
  // Default: none.
  TensorView sprite = {};
  Layout sprite_layout = Layout::kHWC;
  Range sprite_range = Range::kUnit;

  // Whether each step is an entry of its own in the page's list,
  // `<name>@<step>`. TensorBoard loads all that it lists. Default: the list has
  // `<name>`, with the step that was logged last.
  bool keep_steps = false;
};

}  // namespace tblog

#endif  // TBLOG_EMBEDDING_H_
