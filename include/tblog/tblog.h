// SPDX-License-Identifier: Apache-2.0
//
// Everything that needs no framework, for people in a hurry.

#ifndef TBLOG_TBLOG_H_
#define TBLOG_TBLOG_H_

#include "tblog/at.h"
#include "tblog/audio.h"
#include "tblog/capture.h"
#include "tblog/clock.h"
#include "tblog/crash_handler.h"
#include "tblog/custom_scalars.h"
#include "tblog/device.h"
#include "tblog/dtype.h"
#include "tblog/embedding.h"
#include "tblog/file_system.h"
#include "tblog/forward.h"
#include "tblog/graph.h"
#include "tblog/histogram.h"
#include "tblog/hparams.h"
#include "tblog/image.h"
#include "tblog/journal.h"
#include "tblog/layer_hooks.h"
#include "tblog/leaves.h"
#include "tblog/mesh.h"
#include "tblog/npz.h"
#include "tblog/onnx.h"
#include "tblog/onnx_graph.h"
#include "tblog/pr_curve.h"
#include "tblog/rule.h"
#include "tblog/rule_types.h"
#include "tblog/run_metadata.h"
#include "tblog/summary_writer.h"
#include "tblog/tensor_view.h"
#include "tblog/text_table.h"
#include "tblog/version.h"
#include "tblog/watch.h"
#include "tblog/writer_options.h"

// Where tblog::reader is installed.
#if __has_include("tblog/log_reader.h")
#include "tblog/column.h"
#include "tblog/event_reader.h"
#include "tblog/log_reader.h"
#include "tblog/log_rewriter.h"
#include "tblog/record_io.h"
#include "tblog/verify.h"
#endif

#endif  // TBLOG_TBLOG_H_
