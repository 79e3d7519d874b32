# shellcheck shell=bash
# Completion of minivmm's command line for bash.

_minivmm_paths() {
  compopt -o filenames 2>/dev/null || true  # Fails outside of a completion.
  mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

_minivmm_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

# Words behind "minivmm top" and "minivmm view": the machines that run, by their numbers.
_minivmm_machines() {
  if [[ $2 == -* ]]; then
    _minivmm_words "$3" "$2"
  else
    _minivmm_words "$("${COMP_WORDS[0]}" "$1" --list 2>/dev/null | awk '{ print $1 }')" "$2"
  fi
}

# Words behind "minivmm disk".
_minivmm_disk() {
  local word=$1
  case $2 in
    disk) _minivmm_words 'create info resize convert --help' "$word" ;;
    --format) _minivmm_words 'raw qcow2' "$word" ;;
    *)
      if [[ $word == -* ]]; then
        _minivmm_words '--format --force --json --help' "$word"
      else
        _minivmm_paths "$word"
      fi
      ;;
  esac
}

_minivmm() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  if ((COMP_CWORD > 1)); then
    case ${COMP_WORDS[1]} in
      top) _minivmm_machines top "$word" '--once --json --list --help' && return ;;
      disk) _minivmm_disk "$word" "$previous" && return ;;
      view) _minivmm_machines view "$word" '--list --help' && return ;;
    esac
  fi
  # Bash makes a word of each ':' and '='; after one, the path is completed by itself.
  if [[ $word == : || $previous == : ]]; then
    _minivmm_paths "${word#:}"
    return
  fi
  case $previous in
    --kernel | --initrd | --commands | --symbols | --module | --disk | --cdrom | --share | --firmware | --screenshot | --crash-dump | --pcap) _minivmm_paths "$word" ;;
    --serial | --console) _minivmm_words 'stdio none pty file: unix:' "$word" ;;
    --net) _minivmm_words 'user user,forward=2222:22 user,restrict=on tap= none' "$word" ;;
    --boot) _minivmm_words 'disk disk,cd cd,disk network disk,menu=on' "$word" ;;
    --debug-port) _minivmm_words 'stderr file:' "$word" ;;
    --on-crash) _minivmm_words 'stop reset debug' "$word" ;;
    --display) _minivmm_words 'auto window none' "$word" ;;
    --log) _minivmm_words 'debug info warning error off' "$word" ;;
    --mem) _minivmm_words '256M 512M 1G 2G 4G' "$word" ;;
    --vram) _minivmm_words '4M 16M 32M 64M' "$word" ;;
    --resolution) _minivmm_words '1024x768 1280x800 1920x1080' "$word" ;;
    --vga | --balloon) _minivmm_words 'on off' "$word" ;;
    --cpus | --cmdline | --gdb | --expect | --expect-screen | --timeout) ;;
    *)
      if [[ $word == -* ]]; then
        _minivmm_words '--mem --cpus --kernel --initrd --cmdline --module --firmware --boot --disk --cdrom
          --net --pcap --serial --console --share --balloon --vga --vram --resolution --debug-port
          --exit-on-debug-port --display --screenshot
          --expect --expect-screen --timeout --no-reboot --on-crash --crash-dump --gdb --shared-memory
          --commands --symbols --debug-all-exits --stats --trace --trace-exits --timing --log --verbose --version --help' "$word"
      else
        _minivmm_paths "$word"
        if ((COMP_CWORD == 1)); then
          mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W 'debug disk run top view' -- "$word")
        fi
      fi
      ;;
  esac
}
complete -F _minivmm minivmm
