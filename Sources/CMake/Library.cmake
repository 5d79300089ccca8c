# The shared library, built by SwiftPM: the imported target Ablate::ablate.
find_program(SWIFT_EXECUTABLE swift REQUIRED)
set(ablate_file libablate.so.${PROJECT_VERSION})
set(ablate_soname libablate.so.${PROJECT_VERSION_MAJOR})
set(ablate_dir ${PROJECT_BINARY_DIR}/lib)
set(ABLATE_SCRATCH ${PROJECT_BINARY_DIR}/swift CACHE PATH "Where SwiftPM builds; several build folders may share one")
set(ablate_scratch ${ABLATE_SCRATCH})
# What Tests/Packaging disassembles: the library before it was stripped.
set(ablate_unstripped ${ablate_scratch}/release/libablate.so)
file(MAKE_DIRECTORY ${ablate_dir})

# A cached manifest makes SwiftPM fail ("unknown build description") once files were added next to the sources: the package
# covers the top level, build folders included, because the header lies there.
set(swift_build ${SWIFT_EXECUTABLE} build -c release --product ablate --disable-local-rpath
    --disable-build-manifest-caching
    --package-path ${PROJECT_SOURCE_DIR} --scratch-path ${ablate_scratch} -Xlinker -soname=${ablate_soname}
    -Xcc -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
# SwiftPM would take CC for its C sources, and gcc knows none of its options. Builders of wheels set it.
set(environment ${CMAKE_COMMAND} -E env --unset=CC --unset=CXX)
if(ABLATE_SANITIZE)
  list(PREPEND swift_build ${environment} ABLATE_SANITIZE=1)
  list(APPEND swift_build --sanitize=${ABLATE_SANITIZE})
  set(strip_option --strip-debug)
else()
  list(PREPEND swift_build ${environment} ABLATE_EMBEDDED=1)
  set(strip_option --strip-unneeded)
endif()

# SwiftPM knows what is out of date, so it is asked every time; what depends on the library is relinked only if it changed.
add_custom_target(ablate_swift ALL
  COMMAND ${swift_build}
  COMMAND ${CMAKE_STRIP} ${strip_option} -o ${ablate_dir}/${ablate_file}.new ${ablate_unstripped}
  COMMAND ${CMAKE_COMMAND} -E copy_if_different ${ablate_dir}/${ablate_file}.new ${ablate_dir}/${ablate_file}
  COMMAND ${CMAKE_COMMAND} -E rm ${ablate_dir}/${ablate_file}.new
  COMMAND ${CMAKE_COMMAND} -E create_symlink ${ablate_file} ${ablate_dir}/${ablate_soname}
  COMMAND ${CMAKE_COMMAND} -E create_symlink ${ablate_soname} ${ablate_dir}/libablate.so
  BYPRODUCTS ${ablate_dir}/${ablate_file}
  COMMENT "swift build" VERBATIM USES_TERMINAL)

add_library(ablate SHARED IMPORTED GLOBAL)
add_library(Ablate::ablate ALIAS ablate)
add_dependencies(ablate ablate_swift)
set_target_properties(ablate PROPERTIES
  IMPORTED_LOCATION ${ablate_dir}/${ablate_file}
  IMPORTED_SONAME ${ablate_soname}
  INTERFACE_INCLUDE_DIRECTORIES ${PROJECT_SOURCE_DIR}/Include)

if(ABLATE_SANITIZE)
  # The runtime of a sanitizer has to come from the program: it is linked by the clang of the Swift toolchain.
  if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "ABLATE_SANITIZE needs the clang that comes with Swift: -DCMAKE_C_COMPILER=...")
  endif()
  get_filename_component(swift_bin ${SWIFT_EXECUTABLE} REALPATH)
  get_filename_component(swift_bin ${swift_bin} DIRECTORY)
  set(swift_libraries ${swift_bin}/../lib/swift/linux)
  add_compile_options(-fsanitize=${ABLATE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ABLATE_SANITIZE} -fuse-ld=lld -L${swift_libraries} -Wl,-rpath,${swift_libraries})
  if(ABLATE_SANITIZE STREQUAL thread)
    link_libraries(-ldispatch -lBlocksRuntime)
  endif()
endif()
