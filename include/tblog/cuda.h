// SPDX-License-Identifier: Apache-2.0
//
// Tensors in the memory of CUDA devices: component cuda, library tblog::cuda.
//
//   tblog::WriterOptions options;
//   options.device = tblog::cuda_device();
//   tblog::SummaryWriter writer("runs/a", options);
//   writer.scalar("loss", loss_view, step);  // waits for no device
//   writer.histogram("fc1/weights", weights_view, step);
//
// where a view says where its elements lie, and on which stream they are made:
//
//   tblog::TensorView(pointer, {rows, cols})
//       .on_device(tblog::Device::kCuda, device_index, stream)

#ifndef TBLOG_CUDA_H_
#define TBLOG_CUDA_H_

#include "tblog/device.h"
#include "tblog/export.h"

namespace tblog {

// What computes numbers of tensors of float16, bfloat16, float32 and float64
// that lie without gaps on a CUDA device, by kernels on the view's stream;
// counts, extremes and moments alone cross the bus, through pinned memory. A
// standard deviation below 1e-150 may come as 0.
// Never synchronises, but for the memory of the first calls on a device: about
// 300 KiB there and 48 KiB pinned for each result that is on its way, at most
// 256 of them.
// Errors: as DeviceReducer; InvalidArgument also for more than 2,048 buckets.
// Thread safety: thread-safe. Lives until the process ends.
TBLOG_EXPORT DeviceReducer* cuda_device();

}  // namespace tblog

#endif  // TBLOG_CUDA_H_
