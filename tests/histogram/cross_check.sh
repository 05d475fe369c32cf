#!/usr/bin/env bash
# cross_check.sh ROOT BUILD ABSEIL MACHINE TARGET…: builds cross_check.cc for
# MACHINE (aarch64, s390x, x86_64, …) in the folder BUILD and runs it, under
# qemu-user where it is another machine than this. ABSEIL: the folder of
# abseil's headers; nothing of it is linked. ROOT: this project.
set -euo pipefail

root=$1 build=$2 abseil=$3 machine=$4
shift 4
prefix= runner=
if [ "$machine" != "$(uname -m)" ]; then
  prefix=$machine-linux-gnu- runner=qemu-$machine
fi
simd=()
case $machine in
x86_64) simd=(sse4 avx2 avx512) ;;
aarch64) simd=(neon) ;;
esac

# The flags of a file, as src/histogram/CMakeLists.txt has them.
flags_of() {
  case $1 in
  *_sse4.cc) echo -ffp-contract=fast -msse4.2 ;;
  *_avx2.cc) echo -ffp-contract=fast -mavx2 -mfma -mf16c -mpopcnt ;;
  *_avx512.cc) echo -ffp-contract=fast -mavx2 -mfma -mf16c -mpopcnt -mavx512f \
    -mavx512bw -mavx512dq -mavx512vl -mavx512vpopcntdq ;;
  *_neon.cc) echo -ffp-contract=fast ;;
  esac
}

mkdir -p "$build/include"
ln -sfn "$abseil/absl" "$build/include/absl"
define=
[ "$machine" = x86_64 ] && define=-DTBLOG_KERNELS_X86
[ "$machine" = aarch64 ] && define=-DTBLOG_KERNELS_NEON
objects=()
for source in src/base/element_runs src/histogram/{count,edges,grid_cells} \
  src/histogram/{histogram_of,kernels,kernels_plain,moments,numbers_of} \
  "${simd[@]/#/src/histogram/kernels_}" tests/histogram/cross_check; do
  object=$build/$(basename "$source").o
  # shellcheck disable=SC2046
  "${prefix}g++" -std=c++20 -O2 -c $define $(flags_of "$source.cc") \
    -I"$root" -I"$root/include" -isystem "$build/include" \
    "$root/$source.cc" -o "$object"
  objects+=("$object")
done
"${prefix}g++" -static "${objects[@]}" -o "$build/cross_check"
$runner "$build/cross_check" "$@"
