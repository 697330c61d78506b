# hone_policy: the trainable language model. Its kernels (*_kernels.cc) are Highway code without torch, one copy per
# instruction set; the other files share a precompiled policy/torch.h.
set(HONE_AUTOGRAD_KERNELS autograd/attention_kernels.cc autograd/row_kernels.cc)
hone_library(hone_policy
  SOURCES policy.cc autograd/attention.cc autograd/decoder_layer.cc autograd/gate.cc autograd/head.cc autograd/norm.cc
          autograd/recompute.cc autograd/rope.cc ${HONE_AUTOGRAD_KERNELS}
  DEPS hone_format hone_torch
  PRIVATE_DEPS PkgConfig::HWY)
set_source_files_properties(${HONE_AUTOGRAD_KERNELS} PROPERTIES
  SKIP_PRECOMPILE_HEADERS ON COMPILE_DEFINITIONS HWY_DISABLED_TARGETS=HWY_SSSE3)

# The precompiled header belongs to hone_policy. Every other target with torch files (rl/, tests) calls
#   hone_reuse_torch_pch(target)
# and must not define one of its own. GCC reads it only under the same code-generation flags, so an executable is compiled with
# -fPIC like the library (CMake's default for it would be -fPIE); files without torch set SKIP_PRECOMPILE_HEADERS ON.
target_precompile_headers(hone_policy PRIVATE "${PROJECT_SOURCE_DIR}/policy/torch.h")
function(hone_reuse_torch_pch target)
  target_precompile_headers(${target} REUSE_FROM hone_policy)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
endfunction()
