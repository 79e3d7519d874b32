list(APPEND MINIVMM_DEVICES_SOURCES
     ${CMAKE_CURRENT_SOURCE_DIR}/pci/config_space.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/pci/function.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/pci/msix.cpp)
