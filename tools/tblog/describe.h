// SPDX-License-Identifier: Apache-2.0
//
// Values in a few words, for a line of a table.

#ifndef TBLOG_TOOLS_TBLOG_DESCRIBE_H_
#define TBLOG_TOOLS_TBLOG_DESCRIBE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tblog/log_reader.h"

namespace tblog::tool {

// All printable. Throw UnreadableValue.
std::string describe(const Series& series, size_t index);
std::string describe(const EmbeddingFiles& embedding);

// "8 vertices", "2 batches of 8 vertices".
std::string describe_mesh(const MeshValue& value);

// A hyperparameter's value.
std::string datum_text(const HParamsValue::Datum& datum);

// The area under a curve of precision over recall, as a sum over thresholds:
// what scikit-learn calls the average precision.
double average_precision(const PrCurveValue& curve);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_DESCRIBE_H_
