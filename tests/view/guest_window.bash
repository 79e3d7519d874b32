# A window on a real guest on /dev/kvm, for those who source this: an X server of its own, the guest
# with its serial line, and how to look at both. Wants minivmm, output, and in guest the words of
# minivmm's command line that tell what to start.
# shellcheck source=tests/view/search_window.bash
source "${BASH_SOURCE[0]%/*}/search_window.bash"
for tool in Xvfb xdotool import compare xclip; do
  command -v "$tool" >/dev/null || { echo "SKIPPED: $tool is not installed (tools/setup test)"; exit 77; }
done
[[ -r /dev/kvm && -w /dev/kvm ]] || { echo "SKIPPED: no /dev/kvm to use"; exit 77; }
mkdir -p "$output"
work=$(mktemp -d)
export XDG_RUNTIME_DIR=$work SDL_VIDEODRIVER=x11
unset WAYLAND_DISPLAY
children=()
finish() {
  local status=$?
  if ((${#children[@]})); then kill -KILL "${children[@]}" 2>/dev/null || true; fi
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
fail() { echo "FAILED: $*"; cat "$work/errors" || true; exit 1; }

exec {display_pipe}<> <(:)
Xvfb -displayfd "$display_pipe" -screen 0 1400x1000x24 -nolisten tcp -noreset 2>/dev/null &
children+=($!)
read -r -t 30 number <&"$display_pipe" || fail "Xvfb does not start"
export DISPLAY=:$number

# What the guest says on its serial line is how it is known to run.
coproc serial { exec "$minivmm" --mem 64M --display window "${guest[@]}" 2>"$work/errors"; }
exec {to_guest}>&"${serial[1]}" {from_guest}<&"${serial[0]}"
# shellcheck disable=SC2154  # coproc sets it.
pid=$serial_PID
children+=("$pid")
# says WORD: whether the guest says it within 30 s, or the seconds given.
says() {
  while read -r -t "${2:-30}" heard <&"$from_guest"; do
    if [[ $heard == *"$1"* ]]; then return 0; fi
  done
  return 1
}
titled() {
  for ((try = 0; try < 200; ++try)); do
    # shellcheck disable=SC2053  # A pattern, and meant as one.
    if [[ $(xdotool getwindowname "$window") == $1 ]]; then return; fi
    sleep 0.05
  done
  fail "the title is not $1"
}
warned() {
  for ((try = 0; try < 200; ++try)); do
    if grep -q "$1" "$work/errors"; then return; fi
    sleep 0.05
  done
  fail "it does not say: $1"
}
find_window() {
  window=$(window_named ' - minivmm')
  [[ $window ]] || fail "no window appears"
  xdotool windowfocus --sync "$window"
}

