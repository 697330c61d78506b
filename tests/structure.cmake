# Layout rules that no compiler checks.
add_test(NAME structure/includes
         COMMAND "${CMAKE_COMMAND}" -D "HONE_SOURCE_DIR=${PROJECT_SOURCE_DIR}" -P "${CMAKE_CURRENT_LIST_DIR}/structure_check.cmake")
add_test(NAME structure/finds_violations
         COMMAND "${CMAKE_COMMAND}" -D "WORK_DIR=${CMAKE_CURRENT_BINARY_DIR}/structure"
                 -P "${CMAKE_CURRENT_LIST_DIR}/structure_violations.cmake")
set_tests_properties(structure/includes structure/finds_violations PROPERTIES LABELS unit TIMEOUT 60)
