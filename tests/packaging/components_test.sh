#!/usr/bin/env bash
# A file that is installed without a component is in no package.
set -euo pipefail
found=$(find "$BUILD" -path "$BUILD/tests" -prune -o -name cmake_install.cmake -print |
  xargs grep -n 'CMAKE_INSTALL_COMPONENT STREQUAL "Unspecified"' || true)
[ -z "$found" ] || {
  printf 'installed without COMPONENT library, reader, dev or tool:\n%s\n' "$found" >&2
  exit 1
}
for component in dev tool; do
  grep -q "CMAKE_INSTALL_COMPONENT STREQUAL \"$component\"" "$BUILD/cmake_install.cmake" || {
    echo "nothing is installed of component $component" >&2
    exit 1
  }
done
