// SPDX-License-Identifier: Apache-2.0
//
// Everything for LibTorch: tensors as values to log, layers that show what
// flows through them, attach(). CMake component tblog::torch.
//
//   tblog::Hooked<torch::nn::Linear> fc1{nullptr};      // torch_hooked.h
//   auto binding = tblog::attach(hooks, *net);          // torch_attach.h
//   writer.scalar("loss", loss, step);                  // torch_tensor.h

#ifndef TBLOG_TORCH_H_
#define TBLOG_TORCH_H_

#include "tblog/torch_attach.h"
#include "tblog/torch_hooked.h"
#include "tblog/torch_sequential.h"
#include "tblog/torch_tensor.h"
#include "tblog/torch_untouched.h"

#endif  // TBLOG_TORCH_H_
