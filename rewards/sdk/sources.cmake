# The header that reward plug-ins are built with, and the CMake package that finds it (component RewardSdk).
add_library(hone_reward_sdk INTERFACE)
add_library(Hone::RewardSdk ALIAS hone_reward_sdk)
target_include_directories(hone_reward_sdk INTERFACE "$<BUILD_INTERFACE:${CMAKE_CURRENT_LIST_DIR}>"
                                                     "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
set_target_properties(hone_reward_sdk PROPERTIES EXPORT_NAME RewardSdk)

install(TARGETS hone_reward_sdk EXPORT HoneRewardSdk)
install(FILES "${CMAKE_CURRENT_LIST_DIR}/hone/reward_plugin.h" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/hone" COMPONENT RewardSdk)
install(EXPORT HoneRewardSdk NAMESPACE Hone:: FILE HoneRewardSdkTargets.cmake DESTINATION "${HONE_PACKAGE_DIR}" COMPONENT RewardSdk)
install(FILES "${CMAKE_CURRENT_LIST_DIR}/HoneRewardSdk.cmake" DESTINATION "${HONE_PACKAGE_DIR}" COMPONENT RewardSdk)
