# shellcheck shell=bash
# What the scripts in tools/ share; sourced, never run.

# The project's root, whatever folder a script was started from.
root=$(cd -- "${BASH_SOURCE[0]%/*}/.." && pwd -P)

# Everything kept between runs (kernels, initrds) is below this folder.
# shellcheck disable=SC2034  # Used by those who source this.
cache=${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/minivmm

note() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# fail STATUS MESSAGE: the one way a script ends early.
fail() {
  local status=$1
  shift
  note "$*"
  exit "$status"
}

# need GROUP...: installs the groups of tools/packages where something of them is missing.
need() { "$root/tools/setup" "$@"; }

# have TOOL...: whether all tools can be run; /sbin counts, though an ordinary PATH leaves it out.
have() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || [[ -x /sbin/$tool ]] || return 1
  done
}
