#!/usr/bin/env bash
# conan_test.sh PYTHON [create]: Conan finds its way through packaging/conan: the graph for each choice of options, and
# with `create` the package itself, built and used by its test_package. Packages of others are stand-ins that lead to
# the system's (conan_stand_ins): nothing is asked of ConanCenter.
set -euo pipefail
python=$1
what=${2-graph}
here=$(cd "$(dirname "$0")" && pwd)
export CONAN_HOME=$WORK/conan-$what LC_ALL=C

fail() {
  echo "$*" >&2
  exit 1
}

# A Python with Conan, made where it is missing.
venv=$WORK/conan-venv
requirements=$here/requirements-conan.txt
if ! cmp -s "$requirements" "$venv/installed.txt"; then
  "$python" -m venv --clear "$venv"
  "$venv/bin/python" -m pip install -q --no-input --disable-pip-version-check -r "$requirements"
  cp "$requirements" "$venv/installed.txt"
fi
conan() {
  "$venv/bin/conan" "$@" >"$WORK/conan.out" 2>"$WORK/conan.log" || fail "conan $*: $(tail -n 40 "$WORK/conan.log")"
}

rm -rf "$CONAN_HOME"
conan profile detect
conan remote disable '*'
for package in abseil/20220623.1 zlib/1.2.13 libpng/1.6.39 protobuf/3.21.12 cli11/2.3.2 nlohmann_json/3.11.2 \
  re2/20230301 cmake/3.25.1; do
  conan create "$here/conan_stand_ins" --name "${package%/*}" --version "${package#*/}"
done

for shared in True False; do
  for parts in reader=False,tool=False reader=True,tool=False reader=True,tool=True; do
    conan graph info "$SOURCE/packaging/conan" -o "&:shared=$shared" -o "&:${parts%,*}" -o "&:${parts#*,}" \
      --format json
    "$python" - "$WORK/conan.out" "$parts" <<'CHECK'
import json, sys
nodes = json.load(open(sys.argv[1]))["graph"]["nodes"].values()
names = {node["ref"].split("/")[0] for node in nodes if node["context"] == "host"}
wanted = {"tblog", "abseil", "zlib"}
wanted |= {"protobuf"} if "reader=True" in sys.argv[2] else set()
wanted |= {"cli11", "libpng", "nlohmann_json", "re2"} if "tool=True" in sys.argv[2] else set()
names = {name if name != "conanfile.py (tblog" else "tblog" for name in names}
assert {name.split(" ")[-1].strip("()") for name in names} == wanted, (names, wanted)
CHECK
  done
done
# shellcheck disable=SC2015
"$venv/bin/conan" graph info "$SOURCE/packaging/conan" -o '&:reader=False' -o '&:tool=True' >"$WORK/conan.log" 2>&1 || true
grep -q 'the tool needs the reader' "$WORK/conan.log" || fail "a tool without reader is not refused: $(cat "$WORK/conan.log")"

[ "$what" != create ] || conan create "$SOURCE/packaging/conan" -o 'tblog/*:tool=True' -s compiler.cppstd=gnu17
