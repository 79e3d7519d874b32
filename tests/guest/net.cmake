# A guest of ours on a network. Included by CMakeLists.txt.

if(NOT MINIVMM_FUZZ)
  add_executable(net_peer net_peer.cpp)
  target_link_libraries(net_peer PRIVATE minivmm_flags)
endif()

# net_test(NAME PEER STATUS minivmm's arguments...): with a peer on the host's loopback, whose port is
# @PORT@.
function(net_test name peer status)
  add_test(NAME "guest: ${name}"
           COMMAND $<TARGET_FILE:net_peer> ${peer} ${status} $<TARGET_FILE:minivmm> ${ARGN})
  set_tests_properties("guest: ${name}" PROPERTIES LABELS guest SKIP_RETURN_CODE 77 TIMEOUT 90)
endfunction()

set(net_guest ${guests}/net.elf ${common})
net_test("exchanges datagrams with the host over a network of its own" echo ${said_success}
  ${net_guest} --net user,mac=52:54:00:aa:bb:cc --cmdline "echo=@PORT@ mac=90520741919692")
net_test("answers at a port that is led to it" ask ${said_success}
  ${net_guest} --net user,forward=udp:@PORT@:7 --cmdline "serve")
net_test("reaches nobody where its network is restricted" echo ${said_success}
  ${net_guest} --net user,restrict=on --cmdline "alone=@PORT@")
guest_test("asks its network from ring 3" ${said_success}
  EXPECT --match "^bench: mode=ask size=0 requests=512 microseconds=[0-9]+$"
  RUN ${net_guest} --net user --cmdline "bench mode=ask count=512")
net_test("sends datagrams from ring 3" echo ${said_success}
  ${net_guest} --net user --cmdline "bench mode=send count=512 port=@PORT@")
guest_test("has all its frames recorded" ${said_success}
  EXPECT --scratch ${scratch}/net.pcap=0
         --then ${CMAKE_CURRENT_SOURCE_DIR}/check_pcap,${scratch}/net.pcap
  RUN ${net_guest} --net user --pcap ${scratch}/net.pcap)
guest_test("finds no network card where it is booted directly and nobody asked for one" 67
  EXPECT --match "there is a network card"
  RUN ${net_guest})
guest_test("gets no tap that there isn't" ${wrong_usage}
  EXPECT --match "there is no tap 'nosuch0': make it as root: ip tuntap add nosuch0 mode tap"
  RUN ${net_guest} --net tap=nosuch0)
guest_test("gets no capture that can't be written" ${wrong_usage}
  EXPECT --match "cannot write '--pcap /nowhere/a.pcap': No such file or directory"
  RUN ${net_guest} --net user --pcap /nowhere/a.pcap)
# The echoing peer has the port: who wants it as well is told.
net_test("gets no port that another program has" echo 4
  ${net_guest} --net user,forward=udp:@PORT@:7)
