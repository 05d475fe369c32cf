#!/usr/bin/env bash
# include_edges.sh SOURCE_DIR: holds each #include of ours against layers.txt, and the public headers against what they
# promise: no POSIX header, no try, throw or typeid. Says each offence as FILE:LINE, and exits 1 if there is one.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"

mapfile -t files < <(for top in include src tools examples; do
  [ ! -d $top ] || find $top -name "*.h" -o -name "*.cc" -o -name "*.in"
done | sort)
[ "${#files[@]}" -ge 20 ] || { echo "found only ${#files[@]} sources in $1"; exit 1; }

awk '
  function offence(text) { printf "%s:%d: %s\n", FILENAME, FNR, text; offences++ }

  # ---- The table ----
  FILENAME ~ /layers\.txt$/ {
    if ($0 ~ /^#/ || NF == 0) next
    name = $2; sub(/:$/, "", name)
    for (i = 3; i <= NF; ++i) allowed[$1, name, $i] = 1
    if ($1 == "layer") allowed["layer", name, name] = 1
    if ($1 == "header") layer_of_header[name] = $3
    if ($1 == "system") systems[name] = 1
    next
  }

  # ---- The sources ----
  FNR == 1 {
    split(FILENAME, part, "/")
    place = part[1]                                     # include, src, tools, examples
    layer = place == "src" ? part[2] : ""
    if (place == "include") {
      layer = layer_of_header[part[3]]
      if (layer == "" && part[3] != "tblog.h") offence("the header stands in no \"header\" line of layers.txt")
    }
    if (place == "src" && part[3] == "") layer = "base" # version.h.in
  }

  place == "include" {
    code = $0
    gsub(/"([^"\\]|\\.)*"/, "\"\"", code)
    sub(/\/\/.*/, "", code)
    # LibTorch and dlib themselves throw; LibTorch tells its modules apart by their types.
    if (layer !~ /^(torch|dlib)$/ && match(code, /(^|[^A-Za-z0-9_])(try|throw|typeid|dynamic_cast)([^A-Za-z0-9_]|$)/))
      offence("a public header must do without try, throw, typeid, dynamic_cast")
    if (code ~ /#[ ]*include[ ]*<(sys\/|unistd|fcntl|pthread|dirent|netinet|poll|signal\.h|dlfcn|spawn|termios)/)
      offence("a public header must include no POSIX header")
  }

  /^[ \t]*#[ \t]*include/ {
    path = $0
    sub(/^[^"<]*["<]/, "", path)
    sub(/[">].*/, "", path)
    split(path, step, "/")
    for (system_header in systems)
      if (index(path, system_header) == 1 && place ~ /^(include|src)$/ && !((("system" SUBSEP system_header) SUBSEP layer) in allowed))
        offence("only the layers in \"system " system_header "\" of layers.txt may include " path)

    target = ""
    if (step[1] == "src") target = step[2]
    if (path ~ /^tblog\/proto\/.*\.pb\.h$/) target = "proto"
    else if (step[1] == "tblog") {
      if (FILENAME == "include/tblog/tblog.h" || place == "tools" || place == "examples") next
      target = layer_of_header[step[2]]
      if (target == "") { offence(path " stands in no \"header\" line of layers.txt"); next }
    }
    if (target == "") next

    if (place != "src" && (step[1] == "src" || target == "proto"))
      offence(place " may include tblog/….h alone, not " path)
    else if (!(("layer" SUBSEP layer SUBSEP target) in allowed))
      offence("the layer " layer " may not include " path " of the layer " target)
    edges++
  }

  END {
    if (edges < 20) { print "saw only " edges + 0 " includes of ours"; offences++ }
    exit offences > 0
  }
' "$here/layers.txt" "${files[@]}"
