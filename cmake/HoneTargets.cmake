# hone_library(name SOURCES ... DEPS ...) and hone_executable(name ...): one place for warnings, sanitizers, visibility.

function(hone_target_defaults target)
  target_include_directories(${target} PUBLIC "${PROJECT_SOURCE_DIR}")
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wno-missing-field-initializers -ffp-contract=off)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-restrict)  # false alarms for "text" + std::string, GCC bug 105651
  endif()
  if(HONE_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(HONE_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=${HONE_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${HONE_SANITIZE})
  endif()
  set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
                                             POSITION_INDEPENDENT_CODE ON)
endfunction()

function(hone_library target)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${target} STATIC ${ARG_SOURCES})
  target_link_libraries(${target} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
  hone_target_defaults(${target})
endfunction()

function(hone_executable target)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE ${ARG_DEPS})
  hone_target_defaults(${target})
endfunction()

# What no training step waits for is compiled with less optimisation. An option of the whole target, since GCC reads a precompiled header
# only under the optimisation that made it. The sanitizers' presets have a level of their own.
function(hone_optimise target level)
  if(NOT HONE_SANITIZE)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release,RelWithDebInfo>:-O${level}>)
  endif()
endfunction()

# hone_reuse_pch(target name level HEADERS ... [LIBS ...]): compiles `target` with -O<level> and these headers precompiled, once for all targets that
# give `name`; LIBS: whose definitions they all have (-pthread defines a macro too). LibTorch's headers are another matter: hone_reuse_torch_pch in policy/learner.cmake.
function(hone_reuse_pch target name level)
  cmake_parse_arguments(ARG "" "" "HEADERS;LIBS" ${ARGN})
  if(NOT TARGET ${name})
    file(WRITE "${PROJECT_BINARY_DIR}/${name}.cc" "")
    add_library(${name} OBJECT "${PROJECT_BINARY_DIR}/${name}.cc")
    target_link_libraries(${name} PRIVATE nlohmann_json::nlohmann_json ${ARG_LIBS})
    hone_target_defaults(${name})
    hone_optimise(${name} ${level})
    target_compile_options(${name} PRIVATE -fPIC -pthread)
    target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
  endif()
  hone_optimise(${target} ${level})
  target_compile_options(${target} PRIVATE -fPIC -pthread)
  target_precompile_headers(${target} REUSE_FROM ${name})
endfunction()

set(HONE_COMMON_HEADERS <algorithm> <cmath> <filesystem> <fstream> <functional> <map> <memory> <optional> <span> <sstream> <string>
    <string_view> <vector> <nlohmann/json.hpp>)
function(hone_reuse_common_pch target)
  hone_reuse_pch(${target} hone_common_pch 2 HEADERS ${HONE_COMMON_HEADERS})
endfunction()

# hone_test(name LABELS unit SOURCES ... DEPS ...): a GoogleTest program; each TEST is a ctest case with the labels given. TORCH: its files include LibTorch.
function(hone_test target)
  cmake_parse_arguments(ARG "TORCH" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  if(HONE_SANITIZE)
    math(EXPR ARG_TIMEOUT "10 * ${ARG_TIMEOUT}")  # seconds; sanitized code is that much slower
  endif()
  hone_executable(${target} SOURCES ${ARG_SOURCES} DEPS ${ARG_DEPS} GTest::gtest_main)
  if(ARG_TORCH)
    hone_reuse_torch_pch(${target})
  else()
    hone_reuse_pch(${target} hone_test_pch 1 HEADERS <gtest/gtest.h> ${HONE_COMMON_HEADERS} LIBS GTest::gtest)
  endif()
  target_compile_definitions(${target} PRIVATE HONE_SOURCE_DIR="${PROJECT_SOURCE_DIR}" HONE_BINARY_DIR="${PROJECT_BINARY_DIR}")
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  # gtest_discover_tests cannot pass a list of labels, so they are set once the tests are known.
  # Listing tests loads LibTorch, which takes long under ThreadSanitizer.
  gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120 TEST_PREFIX "${target}/" TEST_LIST ${target}_tests
                       PROPERTIES TIMEOUT ${ARG_TIMEOUT})
  set(labels_file "${CMAKE_CURRENT_BINARY_DIR}/${target}_labels.cmake")
  file(CONFIGURE OUTPUT "${labels_file}" @ONLY CONTENT
       "foreach(test IN LISTS @target@_tests)\n  set_tests_properties(\"\${test}\" PROPERTIES LABELS \"@ARG_LABELS@\")\nendforeach()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${labels_file}")
endfunction()
