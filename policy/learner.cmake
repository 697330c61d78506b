# hone_policy: the trainable language model on LibTorch. hone_autograd_kernels: its CPU kernels, Highway code without torch, one
# copy per instruction set; a target of its own, so that Highway's definitions do not reach the precompiled header's users.
hone_library(hone_autograd_kernels
  SOURCES autograd/attention_kernels.cc autograd/row_kernels.cc
  PRIVATE_DEPS PkgConfig::HWY)
target_compile_definitions(hone_autograd_kernels PRIVATE HWY_DISABLED_TARGETS=HWY_SSSE3)

hone_library(hone_policy
  SOURCES policy.cc autograd/attention.cc autograd/blocked_kv.cc autograd/compute_pool.cc
          autograd/decoder_layer.cc autograd/divergence.cc autograd/embedding.cc autograd/fixed_order.cc
          autograd/gate.cc autograd/head.cc autograd/norm.cc autograd/projections.cc autograd/recompute.cc autograd/rope.cc
          autograd/weight_gradient.cc
  DEPS hone_format hone_kernels hone_torch
  PRIVATE_DEPS hone_autograd_kernels)

# The precompiled policy/torch.h belongs to hone_policy. Every other target with torch files (rl/, tests) calls
#   hone_reuse_torch_pch(target)
# after its definition and must not define one of its own. GCC reads it only under the same code-generation flags and with every
# macro that hone_policy was compiled with: an executable is compiled with -fPIC like the library (CMake's default for it would be
# -fPIE), and hone_policy must not gain compile definitions. Files without torch may set SKIP_PRECOMPILE_HEADERS ON.
target_precompile_headers(hone_policy PRIVATE "${PROJECT_SOURCE_DIR}/policy/torch.h")
function(hone_reuse_torch_pch target)
  target_precompile_headers(${target} REUSE_FROM hone_policy)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
endfunction()
