# How our targets are made: one static library a layer, the public libraries from them, one program a test folder.

# Warnings for our own sources only: linked PRIVATE, never exported.
add_library(tblog_warnings INTERFACE)
target_compile_options(tblog_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                                                $<$<BOOL:${TBLOG_WARNINGS_AS_ERRORS}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # With -O3, GCC 12 warns of copies and loops of 2^62 elements that cannot be (GCC's bug 105651 and its kin).
  set(false_at_o3 -Wno-restrict -Wno-aggressive-loop-optimizations -Wno-array-bounds -Wno-stringop-overflow)
  target_compile_options(tblog_warnings INTERFACE "$<$<CONFIG:Release>:${false_at_o3}>")
endif()

# What each of our own targets has in common: C++20, hidden symbols, position independence, includes from the top.
function(tblog_own_target name)
  target_compile_features(${name} PRIVATE cxx_std_20)
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden
                                           VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:tblog_warnings>)
endfunction()

# tblog_layer(base SOURCES … LINKS …): the layer src/base as the target tblog_base. LINKS says what it may include.
function(tblog_layer layer)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_library(tblog_${layer} STATIC ${arg_SOURCES})
  tblog_own_target(tblog_${layer})
  target_include_directories(tblog_${layer} PUBLIC "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/include"
                                                   "${PROJECT_BINARY_DIR}/include")
  target_link_libraries(tblog_${layer} PUBLIC ${arg_LINKS})
endfunction()

# What the layers link from outside the project, in `out`: absl::strings, ZLIB::ZLIB, …
function(tblog_outside_links out)
  foreach(layer IN LISTS ARGN)
    get_target_property(links tblog_${layer} INTERFACE_LINK_LIBRARIES)
    foreach(link IN LISTS links)
      string(REGEX REPLACE "^\\$<LINK_ONLY:(.+)>$" "\\1" link "${link}")
      if(link MATCHES "::" AND NOT link MATCHES "^tblog" AND NOT link MATCHES "[<>]")
        list(APPEND found ${link})
      endif()
    endforeach()
  endforeach()
  list(APPEND found Threads::Threads)
  list(REMOVE_DUPLICATES found)
  list(SORT found)
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# tblog_library(tblog OUTPUT tblog LAYERS … HEADERS …): a public library, static or shared as BUILD_SHARED_LIBS says,
# that holds the objects of the layers and links what they link. HEADERS, in include/tblog, are its public ones.
function(tblog_library name)
  cmake_parse_arguments(arg "" "OUTPUT" "LAYERS;HEADERS" ${ARGN})
  list(TRANSFORM arg_LAYERS REPLACE "(.+)" "$<TARGET_OBJECTS:tblog_\\1>" OUTPUT_VARIABLE objects)
  tblog_outside_links(links ${arg_LAYERS})
  # The types of public signatures; the rest is no consumer's business unless the library is static.
  set(public_links absl::status absl::statusor)
  list(REMOVE_ITEM links ${public_links})
  add_library(${name} ${objects})
  set_target_properties(${name} PROPERTIES OUTPUT_NAME ${arg_OUTPUT} LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION}
                                           SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
                                           TBLOG_HEADERS "${arg_HEADERS}" TBLOG_PRIVATE_LINKS "${links}")
  target_compile_features(${name} INTERFACE cxx_std_17)
  target_include_directories(${name} INTERFACE "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
                                               "$<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>"
                                               "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(${name} PUBLIC ${public_links} PRIVATE ${links})
  get_target_property(type ${name} TYPE)
  if(type STREQUAL "SHARED_LIBRARY" AND CMAKE_SYSTEM_NAME STREQUAL "Linux")
    # Hidden visibility does not reach the templates of std and protobuf that our objects instantiate.
    set(exports "${PROJECT_SOURCE_DIR}/cmake/exports.map")
    target_link_options(${name} PRIVATE "LINKER:--version-script=${exports}")
    set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS "${exports}")
  endif()
endfunction()

# tblog_test(base SOURCES … LINKS …): one program of all tests of a layer, each test known to ctest by its name.
# LABEL: quick (default), default or long.
function(tblog_test layer)
  cmake_parse_arguments(arg "" "LABEL" "SOURCES;LINKS" ${ARGN})
  if(NOT arg_LABEL)
    set(arg_LABEL quick)
  endif()
  add_executable(tblog_${layer}_test ${arg_SOURCES})
  tblog_own_target(tblog_${layer}_test)
  target_link_libraries(tblog_${layer}_test PRIVATE ${arg_LINKS} GTest::gmock_main)
  set(timeout 120)
  if(arg_LABEL STREQUAL "long")
    set(timeout 1800)
  endif()
  gtest_discover_tests(tblog_${layer}_test DISCOVERY_MODE PRE_TEST PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${timeout})
endfunction()
