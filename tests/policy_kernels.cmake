# SIMD kernels, sampling and generation.
hone_test(policy_kernels_test
  SOURCES policy/kernels_gemm_test.cc policy/kernels_matmul_test.cc policy/kernels_rows_test.cc policy/kernels_attention_test.cc policy/sampling_filter_test.cc
          policy/generator_identity_test.cc policy/generator_in_flight_test.cc policy/generator_stop_test.cc policy/tokenizer_fixture.cc policy/generator_error_test.cc
  DEPS hone_generation
  LABELS unit)
hone_test(policy_generation_reference_test
  SOURCES policy/sampling_reference_test.cc policy/generator_reference_test.cc policy/generator_story_test.cc
  DEPS hone_generation
  LABELS "unit;reference")
hone_test(policy_smollm2_test
  SOURCES policy/generator_smollm2_test.cc
  DEPS hone_generation
  LABELS "slow;reference" TIMEOUT 600)

hone_executable(bench_generator SOURCES bench/generator_bench.cc DEPS hone_generation)
set_target_properties(bench_generator PROPERTIES EXCLUDE_FROM_ALL ON)
