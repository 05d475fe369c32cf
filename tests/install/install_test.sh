#!/usr/bin/env bash
# install_test.sh STEP: one step of the tests of the installed package; the steps and their order are in CMakeLists.txt.
# From the environment: SOURCE (the project), BUILD (its build folder), WORK (a folder of ours), CXX, CXXFLAGS, READER (1
# where tblog::reader is built), TORCH (1 where tblog::torch is, and find_package finds LibTorch), OPENCV and
# DLIB (1 where tblog::opencv and tblog::dlib are).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export LC_ALL=C
mkdir -p "$WORK"

fail() {
  echo "$*" >&2
  exit 1
}

# configure_and_build NAME ARGUMENT…: the consumer project in $WORK/NAME.
configure_and_build() {
  local name=$1
  shift
  cmake -S "$here/consumer" -B "$WORK/$name" -G "$GENERATOR" -DCMAKE_CXX_COMPILER="$CXX" \
    -DCMAKE_CXX_FLAGS="$CXXFLAGS" "$@"
  cmake --build "$WORK/$name" --parallel 2
}

# run_programs DIR: runs what the consumer built, in a fresh folder.
run_programs() {
  local standard dir
  dir=$(mktemp -d "$WORK/run.XXXXXX")
  for standard in 17 20; do
    rm -rf "$dir/runs"
    (cd "$dir" && "$1/writer_$standard")
    compgen -G "$dir/runs/mnist/events.out.tfevents.*" >/dev/null || fail "writer_$standard left no event file"
    [ "$READER" = 0 ] || "$1/reader_$standard" "$dir/runs"
  done
  [ "$READER" = 0 ] || (cd "$dir" && "$1/both_17")
  rm -rf "$dir"
}

# package_consumer KIND: by find_package, from the tree KIND.
package_consumer() {
  local components=()
  [ "$READER" = 0 ] || components+=(reader)
  [ "$TORCH" = 0 ] || components+=(torch)
  [ "$OPENCV" = 0 ] || components+=(opencv)
  [ "$DLIB" = 0 ] || components+=(dlib)
  rm -rf "$WORK/package-$1"
  configure_and_build "package-$1" -DFROM=package -DCMAKE_PREFIX_PATH="$WORK/$1" \
    "-DCOMPONENTS=$(IFS=';' && echo "${components[*]}")"
  if [ -n "$(grep -e '-Wshadow' -e '-Wnon-virtual-dtor' -r "$WORK/$1" --include '*.cmake')" ]; then
    fail "the package exports our warning flags"
  fi
  run_programs "$WORK/package-$1"
  [ "$TORCH" = 0 ] || (cd "$WORK/package-$1" && ./torch_17)
  [ "$OPENCV" = 0 ] || (cd "$WORK/package-$1" && ./opencv_17)
  [ "$DLIB" = 0 ] || (cd "$WORK/package-$1" && ./dlib_17)
}

# The module's flags, with the system's modules found too.
flags_of() {
  PKG_CONFIG_PATH=$(dirname "$(find "$WORK/$1" -name tblog.pc)") pkg-config --cflags --libs "${@:2}"
}

# pkg_config_consumer KIND: by pkg-config, from the tree KIND.
pkg_config_consumer() {
  local program module dir="$WORK/pkg-config-$1" standard rpath
  mkdir -p "$dir"
  rpath=$(dirname "$(find "$WORK/$1" -name 'libtblog.*' | head -n 1)")
  for program in writer reader both; do
    [ "$program" = writer ] || [ "$READER" = 1 ] || continue
    module=tblog
    [ "$program" != reader ] || module=tblog-reader
    [ "$program" != both ] || module="tblog tblog-reader"
    for standard in 17 20; do
      # shellcheck disable=SC2046,SC2086
      "$CXX" $CXXFLAGS -std=c++$standard -pedantic-errors -Wall -Wextra -Werror "$here/consumer/$program.cc" \
        -o "$dir/${program}_$standard" $(flags_of "$1" $module) -Wl,-rpath,"$rpath"
    done
  done
  run_programs "$dir"
}

# Names of what a shared library exports: "tblog::SummaryWriter::scalar".
exported_names() {
  nm --dynamic --defined-only "$1" | sed 's/^[^ ]* [^ ]* //' | c++filt |
    sed -E 's/^(typeinfo|typeinfo name|vtable|guard variable) for //; s/\[abi:[^]]*\]//g; s/\(.*//; s/<.*//; s/^[^ ]* (tblog::)/\1/' | sort -u
}

case $1 in
static_tree)
  rm -rf "$WORK/static"
  cmake --install "$BUILD" --prefix "$WORK/static" >"$WORK/static.log"
  if [ -n "$(find "$WORK/static" -name '*.pb.h' -o -name '*_warnings*')" ]; then
    fail "the install tree holds what is nobody's business"
  fi
  if [ -x "$WORK/static/bin/tblog" ]; then
    share=$WORK/static/share
    for file in man/man1/tblog.1 man/man1/tblog-plot.1 bash-completion/completions/tblog zsh/site-functions/_tblog \
      fish/vendor_completions.d/tblog.fish; do
      [ -s "$share/$file" ] || fail "$file is not installed"
    done
    "$WORK/static/bin/tblog" man plot | cmp - "$share/man/man1/tblog-plot.1"
  fi
  ;;

# By add_subdirectory; the same build, installed, is the shared tree.
subdirectory_consumer)
  configure_and_build subdirectory -DFROM=subdirectory -DTBLOG_SOURCE="$SOURCE" -DBUILD_SHARED_LIBS=ON \
    -DTBLOG_INSTALL=ON -DTBLOG_BUILD_READER="$READER" -DCMAKE_SHARED_LINKER_FLAGS="$NO_UNDEFINED"
  run_programs "$WORK/subdirectory"
  rm -rf "$WORK/shared"
  cmake --install "$WORK/subdirectory" --prefix "$WORK/shared" >"$WORK/shared.log"
  ;;

package_consumer) package_consumer "$2" ;;
pkg_config_consumer) pkg_config_consumer "$2" ;;

# A package config that finds another abseil says so.
other_abseil)
  other="$WORK/other_abseil"
  mkdir -p "$other/include/absl/base" "$other/cmake"
  sed 's/\(define ABSL_OPTION_INLINE_NAMESPACE_NAME\) .*/\1 lts_of_somebody_else/' /usr/include/absl/base/options.h \
    >"$other/include/absl/base/options.h"
  cat >"$other/cmake/abslConfig.cmake" <<CONFIG
foreach(name IN ITEMS status statusor)
  add_library(absl::\${name} INTERFACE IMPORTED)
  set_target_properties(absl::\${name} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "$other/include")
endforeach()
CONFIG
  rm -rf "$WORK/refused"
  if cmake -S "$here/consumer" -B "$WORK/refused" -G "$GENERATOR" -DFROM=package -DCMAKE_PREFIX_PATH="$WORK/static" \
    -Dabsl_DIR="$other/cmake" >"$WORK/refused.log" 2>&1; then
    fail "another abseil was accepted"
  fi
  # CMake breaks lines as it likes.
  tr -s ' \n' '  ' <"$WORK/refused.log" | grep -q "uses one whose inline namespace is lts_of_somebody_else" ||
    fail "refused without the sentence: $(cat "$WORK/refused.log")"
  ;;

exported_symbols)
  libraries=$(find "$WORK/shared" -name 'libtblog*.so')
  [ -n "$libraries" ] || fail "no shared library in $WORK/shared"
  for library in $libraries; do
    exported_names "$library" >"$WORK/exported"
    grep -q '^tblog::' "$WORK/exported" || fail "$library exports nothing of ours"
    sed -e '/^#/d' -e '/^$/d' -e 's/.*/^&(::|$)/' "$here/exported_symbols.txt" >"$WORK/allowed"
    if grep -v -E -f "$WORK/allowed" "$WORK/exported"; then
      fail "$library exports the above, which tests/install/exported_symbols.txt does not name"
    fi
  done
  ;;

# A module that links libprotobuf crashes when it is loaded after TensorFlow.
writes_without_protobuf)
  library=$(find "$WORK/shared" -name 'libtblog.so')
  ldd "$library" >"$WORK/ldd" || fail "ldd cannot read $library"
  grep -q libabsl_status "$WORK/ldd" || grep -q libc.so "$WORK/ldd" || fail "ldd says nothing of $library"
  ! grep -i protobuf "$WORK/ldd" || fail "libtblog links libprotobuf"
  ! nm --dynamic --undefined-only "$library" | grep -i protobuf || fail "libtblog uses libprotobuf"
  ;;

# The README's own CMakeLists.txt and code, word for word, in a folder of their own.
readme_project)
  rm -rf "$WORK/readme-build"
  cmake -S "$README_DIR" -B "$WORK/readme-build" -G "$GENERATOR" -DCMAKE_CXX_COMPILER="$CXX" \
    -DCMAKE_CXX_FLAGS="$CXXFLAGS" -DCMAKE_PREFIX_PATH="$WORK/static"
  cmake --build "$WORK/readme-build" --parallel 2
  ;;

*) fail "no such step: $1" ;;
esac
