#include "devices/vga/edid.h"

#include <catch2/catch.hpp>
#include <numeric>

namespace minivmm::vga {
namespace {

struct Detailed {
  unsigned clock_10khz, width, horizontal_blank, height, vertical_blank, vertical_sync;
};

Detailed preferred(const Edid& edid) {
  const std::uint8_t* const d = &edid[54];
  return {d[0] | d[1] * 256u,         d[2] | (d[4] & 0xf0u) << 4, d[3] | (d[4] & 0x0fu) << 8,
          d[5] | (d[7] & 0xf0u) << 4, d[6] | (d[7] & 0x0fu) << 8, d[10] & 0x0fu};
}

TEST_CASE("EDID's bytes add up to nothing") {
  const PictureSize size = GENERATE(PictureSize{1280, 800}, PictureSize{1, 1},
                                    PictureSize{4095, 4095}, PictureSize{0, 0});
  const Edid edid = make_edid(size);
  CHECK(std::accumulate(edid.begin(), edid.end(), 0u) % 256 == 0);
  CHECK(edid[18] == 1);
  CHECK(edid[19] == 4);
  CHECK(edid[126] == 0);
}

// The expected figures are those of VESA's own spreadsheet for CVT 1.1.
TEST_CASE("EDID prefers the resolution it was made for, timed by CVT") {
  const Detailed d = preferred(make_edid({1280, 800}));
  CHECK(d.clock_10khz == 7100);
  CHECK(d.width == 1280);
  CHECK(d.horizontal_blank == 160);
  CHECK(d.height == 800);
  CHECK(d.vertical_blank == 23);
  CHECK(d.vertical_sync == 6);

  const Detailed full_hd = preferred(make_edid({1920, 1080}));
  CHECK(full_hd.clock_10khz == 13850);
  CHECK(full_hd.vertical_blank == 31);
  CHECK(full_hd.vertical_sync == 5);
}

}  // namespace
}  // namespace minivmm::vga
