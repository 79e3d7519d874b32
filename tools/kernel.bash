# shellcheck shell=bash
# Debian's kernels, fetched once and made ready to boot quickly; sourced after lib.bash.

# Writes the ELF kernel inside a bzImage to a file. Where the compressed kernel lies is told by the
# setup header (Linux, Documentation/arch/x86/boot.rst: setup_sects, payload_offset and
# payload_length). Except for gzip, Linux's build appends the unpacked size, 4 bytes.
extract_vmlinux() {
  local image=$1 out=$2 sectors offset length magic
  read_le() { od -An -tu"$2" -j"$1" -N"$2" "$image" | tr -d ' '; }
  sectors=$(read_le $((0x1f1)) 1)
  offset=$((($(read_le $((0x248)) 4)) + (sectors + 1) * 512))
  length=$(read_le $((0x24c)) 4)
  payload() {
    dd if="$image" bs=1M iflag=skip_bytes,count_bytes skip="$offset" count="$1" status=none
  }
  magic=$(payload 4 | od -An -tx1 | tr -d ' ')
  case $magic in
    fd377a58) payload $((length - 4)) | xz -dc ;;
    02214c18) payload $((length - 4)) | lz4 -dc ;;
    28b52ffd) payload $((length - 4)) | zstd -dc ;;
    1f8b*) payload "$length" | gzip -dc ;;
    *) fail 125 "$image: the kernel is packed in a way not known here ($magic)" ;;
  esac >"$out"
}

# Copies modules and all that they need to a folder, numbered in the order of loading.
copy_modules() {
  local tree=$1 version=$2 to=$3 module path count=100
  shift 3
  depmod -b "$tree" "$version"
  mkdir -p "$to"
  for module in "$@"; do
    modprobe -d "$tree" -S "$version" --ignore-install --show-depends "$module"
  done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r path; do
    cp "$path" "$to/$((count++))-${path##*/}"
  done
}

# Packs a folder as an initrd: not compressed, since unpacking costs a guest more than reading.
pack_initrd() {
  (cd "$1" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) >"$2"
}

# A folder that becomes an initrd: busybox with a link for each of its commands, and mount points.
start_initrd() {
  mkdir -p "$1"/{bin,dev,proc,sys,etc,tmp}
  cp "$(command -v busybox)" "$1/bin/busybox"
  local applet
  for applet in $(busybox --list); do
    [[ $applet == busybox ]] || ln -s busybox "$1/bin/$applet"
  done
}

download_kernel() {
  local package
  package=$(apt-cache depends "$1" 2>/dev/null | awk '/Depends: linux-image/ && !seen++ { print $2 }')
  [[ -n $package ]] && apt-get download -qq "$package" >/dev/null 2>&1
}

# prepare_kernel PACKAGE FOLDER MODULE...: fills FOLDER, once, with vmlinuz (as Debian ships it),
# vmlinux (unpacked), version and modules/. A changed list of modules prepares it anew.
prepare_kernel() (
  package=$1 folder=$2
  shift 2
  mkdir -p "${folder%/*}"
  exec 9>"$folder.lock"
  flock 9
  [[ -e $folder/wanted && $(<"$folder/wanted") == "$package $*" ]] && return
  note "fetching $package (once) for $folder"
  PATH=$PATH:/usr/sbin:/sbin
  work=$(mktemp -d "$folder.XXXX")
  trap 'rm -rf "$work"' EXIT
  cd "$work" || exit
  if ! download_kernel "$package"; then
    if ((EUID == 0)); then apt-get update -qq >/dev/null 2>&1 || true; fi
    download_kernel "$package" ||
      fail 125 "could not download what $package stands for: is there a network, and apt-get update done?"
  fi
  dpkg-deb -x ./*.deb tree
  version=$(ls tree/lib/modules)
  mkdir ready
  cp "tree/boot/vmlinuz-$version" ready/vmlinuz
  cp "tree/boot/config-$version" ready/config
  extract_vmlinux ready/vmlinuz ready/vmlinux
  copy_modules tree "$version" ready/modules "$@"
  echo "$version" >ready/version
  echo "$package $*" >ready/wanted
  rm -rf "$folder"
  mv ready "$folder"
)
