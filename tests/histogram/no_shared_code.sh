#!/usr/bin/env bash
# no_shared_code.sh LIBRARY: whether an object that is compiled for one target
# of SIMD instructions defines what other objects may define too. The linker
# keeps one copy of such a function for all, and that one could need a CPU that
# is not there.
set -euo pipefail

symbols=$(nm -A -C --defined-only "$1" | grep -E 'kernels_(sse|avx|neon)' || true)
shared=$(grep -E ': [0-9a-f]+ [WVu] ' <<<"$symbols" || true)
if [ -n "$shared" ]; then
  printf 'these belong into an anonymous namespace:\n%s\n' "$shared" >&2
  exit 1
fi
