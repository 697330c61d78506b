# What `cmake --install` puts where:
#   bin/             hone, hone-train
#   libexec/hone/    helper programs that hone starts (hone_install_helper)
#   include/hone/, lib/cmake/Hone/   the SDK of reward plug-ins: find_package(Hone COMPONENTS RewardSdk)
# Components: Programs, RewardSdk.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(HONE_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/Hone")

# LibTorch keeps the place where the build found it.
function(hone_install_program target)
  set_target_properties(${target} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  install(TARGETS ${target} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT Programs)
endfunction()

# rewards/process/spawn.h, helper_path, finds them there.
function(hone_install_helper target)
  install(TARGETS ${target} RUNTIME DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/hone" COMPONENT Programs)
endfunction()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/HoneConfig.cmake.in" "${PROJECT_BINARY_DIR}/HoneConfig.cmake"
                              INSTALL_DESTINATION "${HONE_PACKAGE_DIR}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/HoneConfigVersion.cmake" COMPATIBILITY SameMajorVersion ARCH_INDEPENDENT)
install(FILES "${PROJECT_BINARY_DIR}/HoneConfig.cmake" "${PROJECT_BINARY_DIR}/HoneConfigVersion.cmake"
        DESTINATION "${HONE_PACKAGE_DIR}" COMPONENT RewardSdk)
