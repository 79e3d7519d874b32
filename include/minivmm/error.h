#pragma once
// The two kinds of failure that end a start; both carry one line: what, why and what to do.

#include <stdexcept>
#include <string>

namespace minivmm {

/// Wrong usage or configuration: a bad option, a file that is not what it should be. Exit status 2.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The host or KVM refused. Exit status 4.
class HostError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace minivmm
