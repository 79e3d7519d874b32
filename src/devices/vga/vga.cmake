# The graphics adapter. Included by src/devices/CMakeLists.txt.
list(APPEND MINIVMM_DEVICES_SOURCES
     ${CMAKE_CURRENT_SOURCE_DIR}/vga/code_page_437.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/vga/display_mode.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/vga/dispi.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/vga/edid.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/vga/legacy_window.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/vga/line_pixels.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/vga/palette.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/vga/planes.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/vga/ports.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/vga/posting.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/vga/screen.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/vga/text_rows.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/vga/vga_bars.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/vga/vga_pci.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/vga/vga_view.cpp)
