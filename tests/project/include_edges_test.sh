#!/usr/bin/env bash
# include_edges_test.sh SOURCE_DIR: does include_edges.sh notice? Puts one offence after the other into a copy.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
for top in include src tools examples; do
  [ ! -d "$1/$top" ] || cp -r "$1/$top" "$copy/"
done

# offend FILE LINE: appends LINE to the copy's FILE, expects to be told, and takes it away again.
offend() {
  local kept
  kept=$(cat "$copy/$1")
  printf '%s\n' "$2" >>"$copy/$1"
  if "$here/include_edges.sh" "$copy" >"$copy/told" || ! grep -q "^$1:" "$copy/told"; then
    echo "nobody noticed in $1: $2"
    exit 1
  fi
  printf '%s\n' "$kept" >"$copy/$1"
}

"$here/include_edges.sh" "$copy"
offend src/base/strings.h '#include "src/record/framing.h"'
offend src/event/wire.h '#include "tblog/summary_writer.h"'
offend src/event/wire.h '#include "tblog/proto/event.pb.h"'
offend src/event/wire.h '#include <google/protobuf/message.h>'
offend src/record/framing.h '#include <png.h>'
offend include/tblog/at.h '#include "src/base/strings.h"'
offend include/tblog/at.h '#include "tblog/writer_options.h"'
offend include/tblog/at.h '#include <unistd.h>'
offend include/tblog/at.h 'inline void f() { throw 1; }'
