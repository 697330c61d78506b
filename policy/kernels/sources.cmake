# hone_kernels: SIMD code, one copy per instruction set; no torch. hone_generation: K/V cache, sampling, continuous batching.
hone_library(hone_kernels
  SOURCES numerics.cc kernels/attention.cc kernels/gemm.cc kernels/gemm_block.cc kernels/matmul.cc kernels/pack.cc kernels/row_exp.cc kernels/row_ops.cc kernels/simd_targets.cc
          kernels/softmax_row.cc weight_storage.cc
  DEPS hone_base
  PRIVATE_DEPS PkgConfig::HWY)
# Full unrolling of the micro-kernels is what keeps their accumulators in registers.
set_source_files_properties(kernels/gemm_block.cc kernels/attention.cc PROPERTIES COMPILE_OPTIONS "-O3")

hone_library(hone_generation
  SOURCES generation/sampling.cc generation/packed_model.cc generation/kv_cache.cc generation/forward.cc
          generation/sample_run.cc generation/scheduler.cc generation/weight_stage.cc generation/generator.cc
  DEPS hone_base hone_format hone_text hone_kernels)
