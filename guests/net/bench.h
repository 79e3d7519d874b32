#pragma once
// Asks or sends as fast as it can, its loop in ring 3.
//
// Options: mode=ask (who has the host's address? is asked and answered, one after the other) or
// mode=send (datagrams of size=BYTES to the host's port=PORT, 32 at a time), count=N or seconds=S;
// own=IP and host=IP, as numbers. Ends the guest with the line
//   bench: mode=ask size=0 requests=N microseconds=M

#include "net/card.h"

[[noreturn]] void run_net_bench(NetCard& card);
