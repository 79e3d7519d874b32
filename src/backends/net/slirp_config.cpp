#include "backends/net/slirp_config.h"

#include <arpa/inet.h>

namespace minivmm::net {
namespace {

in_addr ip4(const char* text) {
  in_addr address{};
  ::inet_pton(AF_INET, text, &address);
  return address;
}
in6_addr ip6(const char* text) {
  in6_addr address{};
  ::inet_pton(AF_INET6, text, &address);
  return address;
}

}  // namespace

SlirpConfig slirp_config(const NetConfig& config) {
  SlirpConfig slirp{};
  slirp.version = 1;  // What every libslirp of this soname knows.
  slirp.restricted = config.restricted ? 1 : 0;
  slirp.in_enabled = true;
  slirp.vnetwork = ip4("10.0.2.0");
  slirp.vnetmask = ip4("255.255.255.0");
  slirp.vhost = ip4("10.0.2.2");
  slirp.vdhcp_start = ip4("10.0.2.15");
  slirp.vnameserver = ip4("10.0.2.3");
  slirp.in6_enabled = true;
  slirp.vprefix_addr6 = ip6("fec0::");
  slirp.vprefix_len = 64;
  slirp.vhost6 = ip6("fec0::2");
  slirp.vnameserver6 = ip6("fec0::3");
  slirp.if_mtu = config.mtu;
  slirp.if_mru = config.mtu;
  return slirp;
}

}  // namespace minivmm::net
