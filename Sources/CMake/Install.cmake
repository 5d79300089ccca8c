# The installed tree finds its own parts from where it lies, so that it can be moved as a whole.
include(CMakePackageConfigHelpers)

install(PROGRAMS ${ablate_dir}/${ablate_file} DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${ablate_dir}/${ablate_soname} ${ablate_dir}/libablate.so DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${PROJECT_SOURCE_DIR}/Include/ablate.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Ablate)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/AblateConfig.cmake.in ${PROJECT_BINARY_DIR}/AblateConfig.cmake
  INSTALL_DESTINATION ${config_dir} PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/AblateConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/AblateConfig.cmake ${PROJECT_BINARY_DIR}/AblateConfigVersion.cmake
  DESTINATION ${config_dir})

set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
  OUTPUT_VARIABLE pc_libdir)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_INCLUDEDIR BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
  OUTPUT_VARIABLE pc_includedir)
configure_file(${CMAKE_CURRENT_LIST_DIR}/ablate.pc.in ${PROJECT_BINARY_DIR}/ablate.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/ablate.pc DESTINATION ${pc_dir})

# What scikit-build-core puts into a wheel: the library beside the package's modules, and nothing else.
install(PROGRAMS ${ablate_dir}/${ablate_file} DESTINATION libablate/lib RENAME libablate.so
  COMPONENT python EXCLUDE_FROM_ALL)
