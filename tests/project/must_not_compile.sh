#!/usr/bin/env bash
# must_not_compile.sh STANDARD COMPILER ARGUMENT…: each call in must_not_compile.txt must be an error, and the program
# around it must not.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
standard=$1
shift
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

has() { [ -f "$here/../../include/tblog/$1" ]; }

# program CALL…: one function a call, so that one compilation judges them all.
program() {
  local n=0 call
  printf '#include <cstdint>\n#include <string>\n#include <vector>\n#include "tblog/tblog.h"\n'
  if has layer_hooks.h; then printf '#include "tblog/layer_hooks.h"\n'; fi
  printf '#line 1 "calls"\n'
  for call in "$@"; do
    n=$((n + 1))
    printf '[[maybe_unused]] static void f%d([[maybe_unused]] tblog::SummaryWriter& w, ' $n
    if has layer_hooks.h; then printf '[[maybe_unused]] tblog::LayerHooks& hooks, '; fi
    printf '[[maybe_unused]] float loss, [[maybe_unused]] int64_t step, [[maybe_unused]] std::vector<float>& v, '
    printf '[[maybe_unused]] std::vector<bool>& vb) { %s; }\n' "$call"
  done
}

compile() { LC_ALL=C "$@" -std="$standard" -Wall -Wextra -Werror -fsyntax-only -x c++ -; }

mapfile -t calls < <(grep -v -e '^#' -e '^$' "$here/must_not_compile.txt")
if ! has layer_hooks.h; then
  mapfile -t calls < <(printf '%s\n' "${calls[@]}" | grep -v hooks)
fi
[ "${#calls[@]}" -ge 7 ] || { echo "found only ${#calls[@]} calls"; exit 1; }

if ! program 'w.scalar("loss", loss, step)' 'w.histogram("h", v, step)' | compile "$@"; then
  echo "the program around the calls does not compile"
  exit 1
fi

program "${calls[@]}" | compile "$@" -fmax-errors=0 2>"$dir/errors" && { echo "all of it compiles"; exit 1; }
failures=0
for ((i = 0; i < ${#calls[@]}; ++i)); do
  # A template that is wrong twice is told once: such a call is tried alone.
  grep -q "^calls:$((i + 1)):" "$dir/errors" && continue
  if program "${calls[i]}" | compile "$@" 2>"$dir/error"; then
    echo "compiles, but must not: ${calls[i]}"
    failures=1
  fi
done
exit $failures
