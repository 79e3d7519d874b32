list(APPEND MINIVMM_DEVICES_SOURCES
     ${CMAKE_CURRENT_SOURCE_DIR}/acpi_pm.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/cmos_rtc.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/fw_cfg.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/i8042.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/ps2/key_sequences.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/ps2/keyboard.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/ps2/keyboard_commands.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/ps2/mouse.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/ps2/mouse_commands.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/ps2/mouse_motion.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/ps2/scan_codes.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/reset_control.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/rtc_calendar.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/uart16550.cpp)
