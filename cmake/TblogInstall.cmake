# The install tree: libraries, headers, CMake package, pkg-config files, the tool. No generated .pb.h, no warning flags.
# Each file belongs to one component: library, reader, dev or tool (cmake --install --component; a .deb each).
include(CMakePackageConfigHelpers)

set(config_dir "${CMAKE_INSTALL_LIBDIR}/cmake/tblog")

# ---- Libraries and headers ----

# install(FILES) and not a FILE_SET, which CMake 3.22 does not have.
function(tblog_install_library library export component)
  install(TARGETS ${library} EXPORT ${export}
          LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ${component} NAMELINK_COMPONENT dev
          ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT dev
          RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT ${component})
  install(EXPORT ${export} NAMESPACE tblog:: DESTINATION "${config_dir}" COMPONENT dev)
  get_target_property(headers ${library} TBLOG_HEADERS)
  list(TRANSFORM headers PREPEND "${PROJECT_SOURCE_DIR}/include/tblog/")
  install(FILES ${headers} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/tblog" COMPONENT dev)
endfunction()

# Two export sets, so that a program that only writes needs no protobuf to be found.
tblog_install_library(tblog tblogTargets library)
install(FILES "${PROJECT_BINARY_DIR}/include/tblog/version.h" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/tblog"
        COMPONENT dev)
if(TARGET tblog_reader_library)
  tblog_install_library(tblog_reader_library tblogReaderTargets reader)
endif()

if(TARGET tblog_cuda_library)
  tblog_install_library(tblog_cuda_library tblogCudaTargets cuda)
endif()

if(TARGET tblog_tool)
  # A tree anywhere finds its own libraries; what is in /usr/lib is found by all.
  if(NOT TBLOG_STATIC_TOOL AND NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    file(RELATIVE_PATH bin_to_lib "/${CMAKE_INSTALL_BINDIR}" "/${CMAKE_INSTALL_LIBDIR}")
    set_target_properties(tblog_tool PROPERTIES INSTALL_RPATH "$ORIGIN/${bin_to_lib}")
  endif()
  install(TARGETS tblog_tool RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT tool)
  get_target_property(documents tblog_tool TBLOG_DOCUMENTS)
  if(documents)
    install(DIRECTORY "${documents}/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT tool)
    install(DIRECTORY "${documents}/bash/" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" COMPONENT tool)
    install(DIRECTORY "${documents}/zsh/" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions" COMPONENT tool)
    install(DIRECTORY "${documents}/fish/" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d" COMPONENT tool)
  endif()
endif()

# ---- CMake package ----

# Which abseil we are built against: the inline namespace that all its symbols carry, or "none".
function(tblog_abseil_namespace out)
  file(READ "${TBLOG_ABSEIL_OPTIONS_H}" options)
  set(name none)
  if(options MATCHES "define ABSL_OPTION_USE_INLINE_NAMESPACE 1")
    string(REGEX MATCH "define ABSL_OPTION_INLINE_NAMESPACE_NAME ([A-Za-z0-9_]+)" matched "${options}")
    set(name "${CMAKE_MATCH_1}")
  endif()
  set(${out} "${name}" PARENT_SCOPE)
endfunction()

# The packages that a static library's consumer links, and its reader's. A shared library has linked them itself.
function(tblog_find_dependencies out library)
  get_target_property(links ${library} TBLOG_PRIVATE_LINKS)
  get_target_property(type ${library} TYPE)
  set(lines "")
  if(type STREQUAL "STATIC_LIBRARY")
    foreach(link IN LISTS links)
      string(REGEX REPLACE "::.*" "" package "${link}")
      string(REPLACE "protobuf" "Protobuf" package "${package}")
      if(NOT package STREQUAL "absl")
        string(APPEND lines "find_dependency(${package})\n")
      endif()
    endforeach()
  endif()
  set(${out} "${lines}" PARENT_SCOPE)
endfunction()

get_target_property(abseil_include_dirs absl::status INTERFACE_INCLUDE_DIRECTORIES)
string(REGEX REPLACE "\\$<(BUILD_INTERFACE|\\$<CONFIG:[^>]*>):([^>]*)>" "\\2" abseil_include_dirs "${abseil_include_dirs}")
find_file(TBLOG_ABSEIL_OPTIONS_H absl/base/options.h PATHS ${abseil_include_dirs} NO_DEFAULT_PATH)
find_file(TBLOG_ABSEIL_OPTIONS_H absl/base/options.h REQUIRED)
mark_as_advanced(TBLOG_ABSEIL_OPTIONS_H)
tblog_abseil_namespace(TBLOG_ABSEIL_NAMESPACE)
tblog_find_dependencies(TBLOG_FIND_DEPENDENCIES tblog)
if(TARGET tblog_reader_library)
  tblog_find_dependencies(TBLOG_READER_FIND_DEPENDENCIES tblog_reader_library)
endif()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/tblogConfig.cmake.in" "${PROJECT_BINARY_DIR}/tblogConfig.cmake"
                              INSTALL_DESTINATION "${config_dir}")
# While the major version is 0, a minor version may break what stood before it.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/tblogConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/tblogConfig.cmake" "${PROJECT_BINARY_DIR}/tblogConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/TblogFindOpencv.cmake"
        DESTINATION "${config_dir}" COMPONENT dev)

# ---- pkg-config ----

# Modules that stand for CMake targets: absl::strings → absl_strings.
function(tblog_pkg_config_modules out)
  list(TRANSFORM ARGN REPLACE "^absl::(.+)$" "absl_\\1")
  list(TRANSFORM ARGN REPLACE "^ZLIB::ZLIB$" "zlib")
  list(TRANSFORM ARGN REPLACE "^protobuf::libprotobuf$" "protobuf")
  list(FILTER ARGN EXCLUDE REGEX "^Threads::Threads$")
  list(JOIN ARGN ", " joined)
  set(${out} "${joined}" PARENT_SCOPE)
endfunction()

function(tblog_install_pkg_config module library description)
  get_target_property(private_links ${library} TBLOG_PRIVATE_LINKS)
  get_target_property(type ${library} TYPE)
  get_target_property(PC_LIBRARY ${library} OUTPUT_NAME)
  set(PC_DESCRIPTION "${description}")
  set(PC_MODULE ${module})
  # Where only the static library is installed, its users need all of it, with or without pkg-config --static. A shared
  # one's never do, and Requires.private would have pkg-config look for it all the same.
  if(type STREQUAL "STATIC_LIBRARY")
    tblog_pkg_config_modules(PC_REQUIRES absl::status absl::statusor ${private_links})
    set(PC_THREADS " -pthread")
  else()
    tblog_pkg_config_modules(PC_REQUIRES absl::status absl::statusor)
    set(PC_THREADS "")
  endif()
  foreach(dir IN ITEMS LIBDIR INCLUDEDIR)
    if(IS_ABSOLUTE "${CMAKE_INSTALL_${dir}}")
      set(PC_${dir} "${CMAKE_INSTALL_${dir}}")
    else()
      set(PC_${dir} "\${prefix}/${CMAKE_INSTALL_${dir}}")
    endif()
  endforeach()
  # The prefix stands relative to the file itself: the tree may be moved, and cmake --install --prefix is free.
  file(RELATIVE_PATH PC_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" PC_PREFIX "${PC_PREFIX}")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/pkg-config.pc.in" "${PROJECT_BINARY_DIR}/${module}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${module}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT dev)
endfunction()

tblog_install_pkg_config(tblog tblog "${PROJECT_DESCRIPTION}")
if(TARGET tblog_reader_library)
  tblog_install_pkg_config(tblog-reader tblog_reader_library "Reads TensorBoard event files")
endif()
