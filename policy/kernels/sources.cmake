hone_library(hone_generation
  SOURCES kernels/gemm.cc kernels/row_ops.cc kernels/attention.cc kernels/row_exp.cc kernels/simd_targets.cc
          generation/sampling.cc generation/packed_model.cc generation/kv_cache.cc generation/forward.cc
          generation/sample_run.cc generation/scheduler.cc generation/generator.cc
  DEPS hone_base hone_format hone_text PkgConfig::HWY)
# Full unrolling of the micro-kernels is what keeps their accumulators in registers.
set_source_files_properties(kernels/gemm.cc kernels/attention.cc PROPERTIES COMPILE_OPTIONS "-O3")
