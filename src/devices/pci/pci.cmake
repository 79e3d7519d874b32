list(APPEND MINIVMM_DEVICES_SOURCES
     ${CMAKE_CURRENT_SOURCE_DIR}/pci/config_space.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/pci/function.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/pci/host_bridge.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/pci/isa_bridge.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/pci/msix.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/pci/msix_view.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/pci/config_view.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/pci/pirq_router.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/pci/root_bus.cpp)
