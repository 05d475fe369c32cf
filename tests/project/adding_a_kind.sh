#!/usr/bin/env bash
# adding_a_kind.sh SOURCE PATCH WORK CXX GENERATOR READS: applies the patch of docs/adding-a-kind.md to a copy of SOURCE in WORK,
# builds what writes, logs with the new kind, and has the program READS look at the values.
set -euo pipefail
source=$1 patch=$2 work=$3 cxx=$4 generator=$5 reads=$6
here=$(cd "$(dirname "$0")" && pwd)

touched=$(grep -c '^+++ b/' "$patch")
[ "$touched" -le 3 ] || { echo "the patch touches $touched files, not three"; exit 1; }

rm -rf "$work/tree" "$work/logdir"
mkdir -p "$work/tree"
cp -r "$source"/{CMakeLists.txt,cmake,include,src,proto} "$work/tree/"
# The copy may lie inside a repository, of which it is no part.
GIT_CEILING_DIRECTORIES=$work git -C "$work/tree" apply -C1 "$patch"
grep -q text_rows "$work/tree/include/tblog/summary_writer.h" || { echo "the patch changed nothing"; exit 1; }
# Into the copy's own top, so that the program is built with it.
printf 'add_executable(writes "%s")\ntarget_link_libraries(writes PRIVATE tblog::tblog)\n' \
  "$here/adding_a_kind_writes.cc" >>"$work/tree/CMakeLists.txt"
cmake -S "$work/tree" -B "$work/build" -G "$generator" -DCMAKE_CXX_COMPILER="$cxx" -DTBLOG_WARNINGS_AS_ERRORS=ON \
  -DTBLOG_BUILD_READER=OFF -DTBLOG_BUILD_TOOL=OFF -DTBLOG_BUILD_EXAMPLES=OFF -DTBLOG_BUILD_TESTS=OFF -DTBLOG_INSTALL=OFF
cmake --build "$work/build" --parallel 2
"$work/build/writes" "$work/logdir"
"$reads" "$work/logdir"
