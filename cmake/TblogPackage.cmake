# Debian packages by CPack: libtblog0.1, libtblog-reader0.1 (so that what writes brings no protobuf), libtblog-dev, tblog.
# scripts/deb makes them, by the preset deb. Of static libraries there are libtblog-dev and tblog alone.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR "tblog")
set(CPACK_PACKAGE_CONTACT "tblog maintainers <maintainers@tblog.invalid>" CACHE STRING "Maintainer of the Debian packages")
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # each package has its own
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS  # whatever the umask is
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SOURCE tblog)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)  # our packages on each other, in exactly this version
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/packaging/deb/documents.cmake")

# tblog_deb(COMPONENT PACKAGE SECTION SUMMARY DESCRIPTION [DEPENDS component…])
function(tblog_deb component package section summary description)
  cmake_parse_arguments(arg "" "" "DEPENDS" ${ARGN})
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${package} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_DESCRIPTION "${summary}\n${description}" PARENT_SCOPE)
  set(CPACK_COMPONENT_${upper}_DEPENDS ${arg_DEPENDS} PARENT_SCOPE)
  set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} ${component} PARENT_SCOPE)
endfunction()

# Other packages of Debian that this one needs; those of shared libraries are found by dpkg-shlibdeps.
function(tblog_deb_needs component)
  string(TOUPPER ${component} upper)
  list(JOIN ARGN ", " needs)
  set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${needs}" PARENT_SCOPE)
endfunction()

set(soversion "${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}")
get_target_property(tblog_type tblog TYPE)
set(CPACK_COMPONENTS_ALL "")
set(libraries "")
if(tblog_type STREQUAL "SHARED_LIBRARY")
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_GENERATE_SHLIBS ON)
  set(libraries library)
  tblog_deb(library libtblog${soversion} libs "writes TensorBoard event files and looks into models"
    "tblog writes what a C++ program learns about its model into event files that
TensorBoard shows: scalars, histograms, images, text, and the outputs,
gradients and weights of its layers.")
  if(TARGET tblog_reader_library)
    set(CPACK_DEBIAN_READER_PACKAGE_SHLIBDEPS ON)
    set(CPACK_DEBIAN_READER_PACKAGE_GENERATE_SHLIBS ON)
    list(APPEND libraries reader)
    tblog_deb(reader libtblog-reader${soversion} libs "reads TensorBoard event files"
      "tblog reads what the writers of TensorBoard, TensorFlow and PyTorch wrote:
values of all kinds, of live, damaged and large logs. It is a library apart
since it links protobuf.")
  endif()
  tblog_deb_needs(dev libabsl-dev)
elseif(TARGET tblog_reader_library)
  tblog_deb_needs(dev libabsl-dev zlib1g-dev libprotobuf-dev)
else()
  tblog_deb_needs(dev libabsl-dev zlib1g-dev)
endif()
tblog_deb(dev libtblog-dev libdevel "headers and libraries of tblog"
  "What it takes to build programs that write TensorBoard event files by tblog,
or read them: headers, CMake package and pkg-config files."
  DEPENDS ${libraries})
if(TARGET tblog_tool)
  set(CPACK_DEBIAN_TOOL_PACKAGE_SHLIBDEPS ON)
  tblog_deb(tool tblog science "shows and mends TensorBoard event files in a terminal"
    "tblog lists runs and tags, draws curves, shows histograms and images, follows
live runs, compares, exports, verifies and repairs event files, without a
browser or Python."
    DEPENDS ${libraries})
endif()
# Where dpkg-shlibdeps finds our own libraries.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}/src")

include(CPack)
