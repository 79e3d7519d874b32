# IDE: the PIIX4 function, its channels, disks and the CD-ROM drive. Included by src/devices/CMakeLists.txt.
list(APPEND MINIVMM_DEVICES_SOURCES
     ${CMAKE_CURRENT_SOURCE_DIR}/ide/ata_disk.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/ide/ata_transfer.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/ide/atapi_cd.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/ide/atapi_packets.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/ide/bus_master.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/ide/channel.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/ide/controller.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/ide/drive.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/ide/identify.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/ide/image_queue.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/ide/mmc_drive.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/ide/mmc_medium.cpp)
