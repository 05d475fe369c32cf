#!/usr/bin/env bash
# Builds the packages of shared libraries as scripts/deb does, and installs them in a Debian that has nothing else: the
# tool runs, and a program is built against what libtblog-dev brings.
#
# Needs root, debootstrap and a Debian mirror, where there are none it is skipped (77). BARE_DEBIAN: a tree by
# debootstrap, which is copied, else one is made.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$WORK/deb-build
export LC_ALL=C

fail() {
  echo "$*" >&2
  exit 1
}

mkdir -p "$WORK"
cmake -S "$SOURCE" -B "$build" -G "$GENERATOR" --preset deb -DCMAKE_CXX_COMPILER="$CXX" \
  -DCMAKE_CXX_COMPILER_LAUNCHER="$LAUNCHER" >"$WORK/deb.log"
cmake --build "$build" --parallel 2 >>"$WORK/deb.log" || fail "$(tail -n 30 "$WORK/deb.log")"
"$here/deb_test.sh" "$build" shared

if [ "$(id -u)" != 0 ] || { [ -z "${BARE_DEBIAN-}" ] && ! command -v debootstrap >/dev/null; }; then
  echo "no root, or no debootstrap"
  exit 77
fi
root=$(mktemp -d)
trap 'umount "$root/proc" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT
if [ -n "${BARE_DEBIAN-}" ]; then
  cp -a "$BARE_DEBIAN/." "$root"
else
  . /etc/os-release
  debootstrap --variant=minbase --include=ca-certificates "$VERSION_CODENAME" "$root" >"$WORK/debootstrap.log" || {
    echo "no Debian mirror: $(tail -n 1 "$WORK/debootstrap.log")"
    exit 77
  }
  # The mirror of this machine, and how it is reached.
  cp -a /etc/apt/sources.list* /etc/apt/apt.conf.d "$root/etc/apt/"
  cp /etc/resolv.conf /etc/hosts "$root/etc/"
fi
mount -t proc proc "$root/proc" 2>/dev/null || {
  echo "mounts are not allowed here"
  exit 77
}
mkdir "$root/debs" "$root/try"
cp "$WORK"/debs-shared/*.deb "$root/debs"
cp "$BUILD"/tests/project/readme/{CMakeLists.txt,minimal.cc} "$root/try"
cp -r "$SOURCE/tests/reader/data/torch" "$root/logs"

inside() {
  chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive \
    /bin/bash -euc "$1" >>"$WORK/inside.log" 2>&1 || fail "$1: $(tail -n 30 "$WORK/inside.log")"
}
: >"$WORK/inside.log"
inside 'apt-get -q update'
# The tool first, by what it depends on alone.
inside 'apt-get -q -y install --no-install-recommends /debs/tblog_*.deb /debs/libtblog0*.deb /debs/libtblog-reader*.deb'
inside 'tblog --version && tblog ls /logs | grep weights && ! dpkg -l "*-dev" | grep ^ii'
inside 'apt-get -q -y install --no-install-recommends g++ cmake make pkg-config /debs/libtblog-dev*.deb'
inside 'cmake -S /try -B /try/build && cmake --build /try/build && cd /try && build/minimal && tblog plot runs'
inside 'cd /try && g++ -std=c++17 minimal.cc $(pkg-config --cflags --libs tblog) -o by_pkg_config && ./by_pkg_config'
inside 'pkg-config --libs tblog-reader'
inside 'apt-get -q -y purge "libtblog*" tblog && ! find / -xdev -name "*tblog*" -not -path "/debs/*" -not -path "/try/*" -not -path "/proc/*" -not -path "/var/l*" | grep .'
