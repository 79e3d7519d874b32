# window_named NAME: the first visible window with NAME in its title, within a minute. A search that
# meets another window just as it closes (SDL tries some out) fails as a whole: hence again and again.
window_named() {
  local found until=$((SECONDS + 60))
  while ((SECONDS < until)); do
    found=$(timeout 20 xdotool search --onlyvisible --name "$1" 2>/dev/null | head -n 1) || true
    if [[ $found ]]; then
      echo "$found"
      return
    fi
    sleep 0.1
  done
}
