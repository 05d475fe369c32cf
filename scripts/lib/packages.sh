# Sourced by scripts/demo and scripts/test: installs what is missing, runs one
# step after the other, and stops at the first that fails with a sentence.

# A fresh Debian has no locale but this one.
export LC_ALL=C.UTF-8

# What the library, the tool and the examples need to be built, as Debian 12
# names it.
BUILD_PACKAGES=(g++ cmake ninja-build pkg-config libabsl-dev libprotobuf-dev
  protobuf-compiler zlib1g-dev libpng-dev libeigen3-dev nlohmann-json3-dev
  libcli11-dev libre2-dev)
# The same as commands, for systems without apt.
BUILD_COMMANDS=(c++ cmake ninja protoc)

say() { printf '\n==> %s\n' "$*"; }

die() {
  printf '\nerror: %s\n' "$*" >&2
  exit 1
}

# run_step NAME COMMAND…: says NAME, runs COMMAND, keeps its output in
# $LOGS/NAME.log as well, and stops everything when it fails.
run_step() {
  local name=$1 log
  shift
  log="$LOGS/${name// /-}.log"
  mkdir -p "$LOGS"
  say "$name: $*"
  "$@" 2>&1 | tee "$log" || die "the step '$name' failed; its log is $log"
}

# As run_step, for commands that tell much which nobody reads: shows the end of
# the log only when the command fails.
run_quiet_step() {
  local name=$1 log
  shift
  log="$LOGS/${name// /-}.log"
  mkdir -p "$LOGS"
  say "$name: $*"
  "$@" >"$log" 2>&1 || {
    tail -n 30 "$log" >&2
    die "the step '$name' failed; its log is $log"
  }
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif [ -t 0 ]; then
    sudo "$@" # may ask for the password, as sudo does
  else
    sudo -n "$@"
  fi
}

# Prints those of the given Debian packages that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = \
      installed ] || printf '%s\n' "$package"
  done
}

# need_packages PACKAGE…: installs those that are missing.
need_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Missing Debian packages: ${missing[*]}"
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    die "installing them needs root or sudo; as root: apt-get install ${missing[*]}"
  fi
  run_quiet_step "package lists" as_root apt-get -q update
  run_quiet_step "packages" as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 install \
    --no-install-recommends "${missing[@]}"
}

# need_commands COMMAND…: for systems without apt, where packages have other
# names.
need_commands() {
  local command missing=()
  for command in "$@"; do
    command -v "$command" >/dev/null || missing+=("$command")
  done
  [ ${#missing[@]} -eq 0 ] || die "not found: ${missing[*]}; install them and run this again"
}

# need "PACKAGE…" "COMMAND…": the packages on Debian and its kin; elsewhere says
# what is needed and stops when a command is missing.
need() {
  local packages commands
  read -r -a packages <<<"$1"
  read -r -a commands <<<"$2"
  if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
    need_packages "${packages[@]}"
  else
    say "This system has no apt-get. Needed are, under the names that Debian 12 gives them: ${packages[*]}"
    need_commands "${commands[@]}"
  fi
}

# configure_and_build PRESET CMAKE_ARGUMENT…: into build/PRESET.
configure_and_build() {
  local preset=$1 generator=()
  shift
  [ -f "build/$preset/CMakeCache.txt" ] || generator=(-G Ninja)
  run_quiet_step "configure" cmake --preset "$preset" "${generator[@]}" "$@"
  run_step "build" cmake --build --preset "$preset" --parallel "$(nproc)"
}
