// The only include of LibTorch. ATen and custom autograd only: torch/torch.h would cost 20 s a file.
// A file that includes this must not include protobuf, gRPC, fmt or spdlog.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/variable.h>
