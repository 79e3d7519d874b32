# Data that goes to a guest and back, for scenarios: the guest fetches some from port 8001 and gives it
# to port 8002, then returns whatever it is sent.

# How much the guest is sent and returns; what it fetches has to have room in its memory.
megabytes=${NET_MEGABYTES:-4}

offer_data() {
  head -c 4M /dev/urandom >data
  busybox nc -l -p 8001 <data >/dev/null &
  # Debian's nc ends when either side has no more to say: who only listens keeps an input that never ends.
  [[ -p silence ]] || mkfifo silence
  busybox nc -l -p 8002 <>silence >back &
}
data_was_fetched() {
  says "guest: got $(md5sum <data | cut -d ' ' -f 1)"
  cmp data back
}

# expect_echo ADDRESS PORT
expect_echo() {
  local tries
  head -c "${megabytes}M" /dev/urandom >sent
  wait_until_guest_says "guest: serving"
  for ((tries = 0; tries < 20; tries++)); do
    # A guest that goes without a word leaves it waiting.
    if timeout $((60 + megabytes)) busybox nc "$1" "$2" <sent | cmp - sent; then
      rm sent
      return
    fi
    sleep 0.5
  done
  echo "FAILED: the guest never returned what it was sent"
  exit 1
}

# A tap of the host, and on it a guest that runs net_tap.
make_tap() {
  PATH=$PATH:/usr/sbin:/sbin
  ip tuntap add tap0 mode tap multi_queue
  trap 'ip link del tap0' EXIT
  ip link set tap0 mtu 1400 up
  ip addr add 192.168.77.1/24 dev tap0
}
# start_tap_guest CPUS OPTIONS-OF-THE-NETWORK
start_tap_guest() {
  offer_data
  start_guest net_tap --net "tap=tap0$2" --cpus "$1"
  wait_until_guest_says "guest: serving"
}
# end_tap_guest QUEUES
end_tap_guest() {
  expect_echo 192.168.77.2 7777
  end_guest
  status_is 0
  says "guest: mtu 1400"
  says "guest: queues $1"
  data_was_fetched
  ip -s link show tap0
}
