# The code reward: the sandbox, its helper program hone-jail, the judges. Included by rewards/sources.cmake, which takes
# HONE_CODE_SOURCES.
find_library(SECCOMP_LIBRARY seccomp REQUIRED)

# Static and without sanitizers: it runs inside an almost empty root, under a system-call filter.
add_executable(hone-jail ${CMAKE_CURRENT_LIST_DIR}/jail_main.cc ${CMAKE_CURRENT_LIST_DIR}/jail_run.cc)
target_include_directories(hone-jail PRIVATE "${PROJECT_SOURCE_DIR}")
target_compile_options(hone-jail PRIVATE -Wall -Wextra -O2 -fno-exceptions -fno-rtti)
target_link_options(hone-jail PRIVATE -static -s)
hone_install_helper(hone-jail)

# The judges' own programs become constants of embedded.cc.
set(_code ${CMAKE_CURRENT_LIST_DIR})
foreach(name python/wire.py python/judge.py python/worker.py cpp/wire.h)
  string(REGEX REPLACE "[/.]" "_" variable "${name}")
  file(READ "${_code}/${name}" HONE_TEXT_${variable})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${_code}/${name}")
endforeach()
configure_file("${_code}/embedded.cc.in" "${CMAKE_CURRENT_BINARY_DIR}/code/embedded.cc" @ONLY)

set(HONE_CODE_SOURCES
    cgroup.cc code_block.cc code_judge.cc code_rule.cc code_settings.cc compiler.cc cpp_declaration.cc cpp_tests.cc
    function_judge.cc isolation.cc jail_command.cc jail_process.cc language.cc memory_file.cc outside_folder.cc output_match.cc
    python_tests.cc run_verdict.cc sandbox.cc sandbox_detect.cc seccomp_filter.cc test_plan.cc verdict.cc)
list(TRANSFORM HONE_CODE_SOURCES PREPEND "${_code}/")
list(APPEND HONE_CODE_SOURCES "${CMAKE_CURRENT_BINARY_DIR}/code/embedded.cc")
