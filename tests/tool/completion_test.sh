#!/usr/bin/env bash
# What `tblog completion SHELL` prints, sourced by that shell: completion_test.sh TBLOG SHELL
set -euo pipefail
tblog=$1
shell=$2
script=$(mktemp)
trap 'rm -f "$script"' EXIT
"$tblog" completion "$shell" >"$script"

expect() { # WHAT IT-GIVES: one of the lines begins with the wanted word
  grep -q -- "^$1\b" <<<"$2" || {
    echo "expected $1 among: $2" >&2
    exit 1
  }
}

case $shell in
bash)
  complete_words() {
    bash -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tblog; printf "%s\n" "${COMPREPLY[@]}"' - "$script" "$@"
  }
  expect plot "$(complete_words tblog pl)"
  expect --smooth "$(complete_words tblog plot --sm)"
  expect relative "$(complete_words tblog plot --x '')"
  expect histogram "$(complete_words tblog ls --kind h)"
  ;;
zsh)
  zsh -n "$script"
  # _describe and _arguments are told what is offered.
  got=$(zsh -fc 'compdef() { :; }; _describe() { print -l -- ${(P)2} }; _arguments() { print -l -- "$@" }
    source $1; words=(tblog pl); CURRENT=2; _tblog; words=(tblog plot --x); CURRENT=3; _tblog' - "$script")
  expect plot "$got"
  expect '\*--x\[' "$got"
  # As the function that it is where it is installed.
  folder=$(mktemp -d)
  trap 'rm -rf "$script" "$folder"' EXIT
  cp "$script" "$folder/_tblog"
  got=$(zsh -fc 'fpath=($1 $fpath); autoload -Uz _tblog; _describe() { print -l -- ${(P)2} }
    words=(tblog pl); CURRENT=2; _tblog' - "$folder")
  expect plot "$got"
  ;;
fish)
  got=$(fish --no-config -c 'source $argv[1]; complete -C "tblog pl"; complete -C "tblog plot --sm"; complete -C "tblog plot --x "' "$script")
  expect plot "$got"
  expect --smooth "$got"
  expect relative "$got"
  ;;
esac
