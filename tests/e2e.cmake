# The program as a user runs it.
if(HONE_LEARNER)
  foreach(name bad_input compare data docs dynamic_sampling eval kill_resume pipeline replay same_bits sft staleness start stop warnings)
    if(name MATCHES "^(same_bits|dynamic_sampling|staleness)$" AND NOT HONE_RPC)
      continue()
    endif()
    add_test(NAME e2e/${name} COMMAND bash "${PROJECT_SOURCE_DIR}/tests/e2e/${name}_test.sh")
    set_tests_properties(e2e/${name} PROPERTIES LABELS e2e TIMEOUT 300
                         ENVIRONMENT "HONE=$<TARGET_FILE:hone>;SOURCE=${PROJECT_SOURCE_DIR}")
  endforeach()
  add_test(NAME e2e/digit_completion COMMAND bash "${PROJECT_SOURCE_DIR}/tests/e2e/digit_completion_test.sh")
  set_tests_properties(e2e/digit_completion PROPERTIES LABELS slow TIMEOUT 1800
                       ENVIRONMENT "HONE=$<TARGET_FILE:hone>;SOURCE=${PROJECT_SOURCE_DIR}")
endif()

foreach(name data_make score_math)
  add_test(NAME e2e/${name} COMMAND bash "${PROJECT_SOURCE_DIR}/tests/e2e/${name}_test.sh")
  set_tests_properties(e2e/${name} PROPERTIES LABELS e2e TIMEOUT 60
                       ENVIRONMENT "HONE=$<TARGET_FILE:hone>;SOURCE=${PROJECT_SOURCE_DIR}")
endforeach()
