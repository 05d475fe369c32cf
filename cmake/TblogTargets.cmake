# How our targets are made: one static library a layer, the public libraries from them, one program a test folder.

# Warnings for our own sources only: linked PRIVATE, never exported.
add_library(tblog_warnings INTERFACE)
target_compile_options(tblog_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                                                $<$<BOOL:${TBLOG_WARNINGS_AS_ERRORS}>:-Werror>)

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
  gtest_discover_tests(tblog_${layer}_test DISCOVERY_MODE PRE_TEST PROPERTIES LABELS ${arg_LABEL} TIMEOUT 120)
endfunction()
