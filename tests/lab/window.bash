# A guest in a window on an X server of its own: what it shows is read off its pixels, what it is told
# goes through the window's keyboard. For scenarios, after start_x_server.
#
# Expects $build, $serial and $work of the session, and $name for pictures in /out.

# shellcheck disable=SC2154
font=/usr/share/seabios/vgabios-stdvga.bin

need_x_server() {
  local tool
  for tool in Xvfb xdotool import; do
    command -v "$tool" >/dev/null || skip_scenario "$tool is not installed (tools/setup test)"
  done
}

start_x_server() {
  export XDG_RUNTIME_DIR=$work SDL_VIDEODRIVER=x11 DISPLAY=:7
  Xvfb "$DISPLAY" -screen 0 1400x1000x24 -nolisten tcp -noreset 2>/dev/null &
  server=$!
  trap 'kill "$server"' EXIT
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    if [[ -e /tmp/.X11-unix/X7 ]]; then break; fi
    sleep 0.2
  done
}

# Starts minivmm with what is named, and gives its window the keyboard: $guest_pid, $window. Without a
# balloon: where memory is taken from a running system, the lab's own kernel is soon found damaged. QEMU
# emulates AMD's nested paging for it, and seems to go on using what is no longer mapped.
start_in_window() {
  "$minivmm" "$@" --balloon off --serial "file:$serial" 2>errors &
  guest_pid=$!
  started=$SECONDS
  window=$(window_named ' - minivmm')
  [[ $window ]] || { echo "FAILED: no window appears"; cat errors; exit 1; }
  timeout 20 xdotool windowfocus --sync "$window"
}

# The cursor, or half of a letter, is a ~.
read_window() {
  timeout 20 import -window "$window" window.png && "$build/tests/guest/read_text" "$font" window.png
}
keep_window() { cp window.png "/out/$name-$1.png"; }
give_up() {
  echo "FAILED: $1; at last it showed:"
  read_window || true
  keep_window failed || true
  cat "$serial" errors
  exit 1
}
# wait_until_window_shows PATTERN [SECONDS]
wait_until_window_shows() {
  local text until=$((SECONDS + ${2:-60}))
  while ((SECONDS < until)); do
    text=$(read_window 2>&1) || true
    if grep -qE -- "$1" <<<"$text"; then
      echo "after $((SECONDS - started)) s: $1"
      return
    fi
    kill -0 "$guest_pid" 2>/dev/null || break
    sleep 0.5
  done
  give_up "the window never showed: $1"
}
type_line() { timeout 20 xdotool type --delay 40 "$1" && xdotool key Return; }

# Any key stops the menu's countdown, and Home does nothing else, however often it is pressed. On a busy
# machine the countdown is over before the window has the keyboard: Ctrl-Alt-Delete brings the menu back.
stop_at_menu() {
  local text until=$((SECONDS + 240))
  while xdotool key Home; do sleep 0.5; done &
  presser=$!
  while ((SECONDS < until)); do
    text=$(read_window 2>&1) || true
    if grep -qE 'GNU GRUB +version 2' <<<"$text" && ! grep -q 'executed automatically' <<<"$text"; then
      kill "$presser"
      wait "$presser" || true
      echo "after $((SECONDS - started)) s: the menu stands"
      return
    fi
    if grep -qE 'Loading initial ramdisk|login:' <<<"$text"; then xdotool key ctrl+alt+Delete; fi
    sleep 0.2
  done
  kill "$presser"
  give_up "GRUB's menu never stood still"
}

# The BIOS drops a key where too many wait before it, so it is pressed until it is heard.
leave_menu() {
  local until=$((SECONDS + 60))
  while ((SECONDS < until)); do
    xdotool key "$1"
    sleep 1
    grep -q 'GNU GRUB' <<<"$(read_window 2>&1)" || return 0
  done
  give_up "GRUB's menu stays"
}

# From GRUB's menu, by its entry that stays in text mode, to root's prompt.
log_in() {
  stop_at_menu
  keep_window menu
  # The serial line is a cheap way to wait; what counts is the window.
  touch "$serial"
  leave_menu t
  wait_until_guest_says 'login:'
  wait_until_window_shows '^debian login:( ~)?$'
  keep_window login
  type_line root
  wait_until_window_shows '^root@debian:~#( ~)?$'
}
