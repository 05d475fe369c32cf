#!/usr/bin/env bash
# deb_test.sh BUILD_FOLDER [shared]: CPack makes the packages of this build; they hold what they should and say what
# they need. `shared`: of shared libraries, so that there are those too.
set -euo pipefail
build=$1
kind=${2-static}
[ "$kind" = shared ] || ! grep -q '^BUILD_SHARED_LIBS:BOOL=ON' "$build/CMakeCache.txt" || kind=shared
debs=$WORK/debs-$kind
rm -rf "$debs"
mkdir -p "$debs"
export LC_ALL=C

fail() {
  echo "$*" >&2
  exit 1
}

cpack --config "$build/CPackConfig.cmake" -B "$debs" >"$debs/log" 2>&1 ||
  fail "cpack: $(cat "$debs/log")"
rm -rf "$debs/_CPack_Packages"

arch=$(dpkg --print-architecture)
soversion=${VERSION%.*}

# holds PACKAGE PATTERN: a file of it is called so.
holds() {
  dpkg-deb --fsys-tarfile "$debs/$1_$VERSION-1_$arch.deb" | tar -t >"$debs/names"
  grep -Eq "^\./$2$" "$debs/names" || fail "$1 holds no $2 but: $(cat "$debs/names")"
}

# says PACKAGE FIELD PATTERN
says() {
  local value
  value=$(dpkg-deb --field "$debs/$1_$VERSION-1_$arch.deb" "$2")
  [[ $value =~ $3 ]] || fail "$1 says of $2 \"$value\", not $3"
}

packages="libtblog-dev tblog"
holds libtblog-dev 'usr/include/tblog/summary_writer\.h'
holds libtblog-dev 'usr/include/tblog/log_reader\.h'
holds libtblog-dev 'usr/lib/(.*/)?cmake/tblog/tblogConfig\.cmake'
holds libtblog-dev 'usr/lib/(.*/)?pkgconfig/tblog-reader\.pc'
holds tblog 'usr/bin/tblog'
says libtblog-dev Depends 'libabsl-dev'
says tblog Depends 'libc6 \(>= .*libre2-'
says tblog Section '^science$'
if [ "$kind" = static ]; then
  holds libtblog-dev 'usr/lib/.*libtblog\.a'
  says libtblog-dev Depends 'libprotobuf-dev'
  says tblog Depends 'libprotobuf'
else
  packages+=" libtblog$soversion libtblog-reader$soversion"
  holds "libtblog$soversion" "usr/lib/.*/libtblog\.so\.$soversion"
  holds "libtblog-reader$soversion" "usr/lib/.*/libtblog_reader\.so\.$soversion"
  holds libtblog-dev 'usr/lib/.*/libtblog\.so'
  says "libtblog$soversion" Depends 'libabsl.*zlib1g'
  says "libtblog-reader$soversion" Depends 'libprotobuf'
  says libtblog-dev Depends "libtblog$soversion \(= $VERSION-1\)"
  says tblog Depends "libtblog-reader$soversion \(= $VERSION-1\)"
  # What writes brings no protobuf.
  [[ $(dpkg-deb --field "$debs/libtblog${soversion}_$VERSION-1_$arch.deb" Depends) != *protobuf* ]] ||
    fail "libtblog$soversion depends on protobuf"
fi

for package in $packages; do
  holds "$package" "usr/share/doc/$package/copyright"
  holds "$package" "usr/share/doc/$package/changelog\.Debian\.gz"
  says "$package" Description '^[a-z].{20,}'
  dpkg-deb --fsys-tarfile "$debs/${package}_$VERSION-1_$arch.deb" | tar -tv >"$debs/names"
  if grep -v ' root/root ' "$debs/names" || grep -E '^[^l].{7}w' "$debs/names"; then
    fail "$package: owners or rights as above"
  fi
done
[ "$(find "$debs" -name '*.deb' | wc -l)" = "$(wc -w <<<"$packages")" ] || fail "packages: $(ls "$debs")"
