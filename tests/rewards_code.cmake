# The code reward: sandbox, judges, attack suite, problem sets.
find_package(ZLIB REQUIRED)
hone_executable(code_datasets SOURCES rewards/code/code_datasets.cc DEPS hone_rewards ZLIB::ZLIB)
