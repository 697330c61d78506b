hone_test(rewards_test
  SOURCES rewards/answer_extraction_test.cc rewards/example_data_test.cc rewards/expression_test.cc rewards/hostile_text_test.cc
          rewards/rewarder_test.cc rewards/rules_test.cc rewards/settings_test.cc
  DEPS hone_rewards PkgConfig::GMP
  LABELS unit
  TIMEOUT 180)

hone_test(rewards_math_test
  SOURCES rewards/math_bounds_test.cc rewards/math_conformance_test.cc rewards/math_data_test.cc rewards/math_equivalence_test.cc
          rewards/math_extraction_test.cc
  DEPS hone_rewards PkgConfig::GMP
  LABELS unit
  TIMEOUT 120)

find_package(benchmark QUIET)
if(benchmark_FOUND)
  hone_executable(bench_rewards SOURCES bench/rewards_bench.cc DEPS hone_rewards benchmark::benchmark)
  target_compile_definitions(bench_rewards PRIVATE HONE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
endif()
