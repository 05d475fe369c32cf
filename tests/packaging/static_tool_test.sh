#!/usr/bin/env bash
# static_tool_test.sh LOGS: builds the tool by the preset static and runs it as the only file that there is.
set -euo pipefail
logs=$1
build=$WORK/static-build
export LC_ALL=C

fail() {
  echo "$*" >&2
  exit 1
}

if [ -z "${STATIC_TOOL-}" ]; then # or one that is built already
  mkdir -p "$WORK"
  cmake -S "$SOURCE" -B "$build" -G "$GENERATOR" --preset static -DCMAKE_CXX_COMPILER="$CXX" \
    -DCMAKE_CXX_COMPILER_LAUNCHER="$LAUNCHER" >"$WORK/static.log"
  cmake --build "$build" --parallel 2 --target tblog_tool >>"$WORK/static.log" || fail "$(tail -n 30 "$WORK/static.log")"
  STATIC_TOOL=$build/tools/tblog/tblog
fi
if readelf --dynamic --program-headers "$STATIC_TOOL" | grep -E 'NEEDED|INTERP'; then
  fail "the tool needs what stands above"
fi

# A root with the tool, a log and nothing else.
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
cp "$STATIC_TOOL" "$root/tblog"
mkdir "$root/logs"
cp -r "$logs/tensorflow" "$logs/torch" "$root/logs"
if [ "$(id -u)" = 0 ]; then
  alone=("$(command -v chroot)" "$root")
else
  alone=("$(command -v unshare)" --map-root-user "$(PATH=$PATH:/usr/sbin command -v chroot)" "$root")
fi
"${alone[@]}" /tblog --version >/dev/null 2>&1 || {
  echo "chroot(2) is not allowed here"
  exit 77
}

# compare ARGUMENT…: says alone what it says here.
compare() {
  (cd "$root/logs" && env -i "$STATIC_TOOL" "$@") >"$WORK/here" 2>&1 || true
  env -i "${alone[@]}" /tblog "${@/#logs/\/logs}" >"$WORK/alone" 2>&1 || true
  [ -s "$WORK/here" ] || fail "tblog $* says nothing"
  cmp "$WORK/here" "$WORK/alone" || fail "tblog $* says something else where nothing is installed: $(cat "$WORK/alone")"
}
cd "$root"
compare --help
compare man plot
"${alone[@]}" /tblog ls /logs >"$WORK/alone"
grep -q 'weights' "$WORK/alone" || fail "ls: $(cat "$WORK/alone")"
"${alone[@]}" /tblog plot /logs --out /curve.png
"${alone[@]}" /tblog export /logs --format npz -o /out.npz
"${alone[@]}" /tblog show /logs --kind image --out /pictures >/dev/null
"${alone[@]}" /tblog verify /logs >"$WORK/verify" || [ $? = 1 ]
[ -s "$root/curve.png" ] && [ -s "$root/out.npz" ] && [ -n "$(find "$root/pictures" -name '*.png')" ] ||
  fail "the tool did not write what it should: $(ls -R "$root")"
