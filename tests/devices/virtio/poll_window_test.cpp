#include "devices/virtio/poll_window.h"

#include <catch2/catch.hpp>

namespace minivmm::virtio {

using namespace std::chrono_literals;

TEST_CASE("A disk that nobody has used yet is not looked out for") {
  CHECK(PollWindow().length() == 0us);
}

TEST_CASE("Short sleeps open the window step by step, up to its limit") {
  PollWindow window;
  window.slept(50us);
  CHECK(window.length() == PollWindow::kFirst);
  window.slept(50us);
  CHECK(window.length() == 2 * PollWindow::kFirst);
  for (int i = 0; i < 10; ++i) window.slept(50us);
  CHECK(window.length() == PollWindow::kLongest);
}

TEST_CASE("One long sleep closes the window") {
  PollWindow window;
  window.slept(50us);
  window.slept(5ms);
  CHECK(window.length() == 0us);
}

}  // namespace minivmm::virtio
