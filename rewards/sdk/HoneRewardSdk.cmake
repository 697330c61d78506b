# hone_add_reward_plugin(name SOURCES file...): a reward plug-in, a shared library name.so that exports its entry only.
# Loaded by Hone with {"name": "plugin", "library": "path/of/name.so"}.
function(hone_add_reward_plugin name)
  cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
  if(NOT ARG_SOURCES OR ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "hone_add_reward_plugin(${name} SOURCES file...): found '${ARGN}'")
  endif()
  add_library(${name} MODULE ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE Hone::RewardSdk)
  target_compile_features(${name} PRIVATE cxx_std_17)
  target_link_options(${name} PRIVATE LINKER:-z,defs)
  set_target_properties(${name} PROPERTIES PREFIX "" C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
                                           VISIBILITY_INLINES_HIDDEN ON)
endfunction()
