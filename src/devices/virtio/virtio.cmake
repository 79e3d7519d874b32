# virtio: virtqueues, devices, the PCI transport. Included by src/devices/CMakeLists.txt.
list(APPEND MINIVMM_DEVICES_SOURCES
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/blk_offer.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/blk_request.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/chain.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/hosted_rings.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/net_control.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/net_frame.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/net_offer.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/net_queues.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/virtio_9p.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/virtio_balloon.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/virtio_blk.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/virtio_console.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/virtio_net.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/virtio_pci.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/virtio_pci_registers.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/virtio_pci_view.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/virtio_rng.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/virtio_tablet.cpp
     ${CMAKE_CURRENT_SOURCE_DIR}/virtio/virtqueue.cpp)
