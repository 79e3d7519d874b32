# What an installation holds beside the program itself (src/cli), and the .deb of it.
install(FILES ${PROJECT_SOURCE_DIR}/docs/minivmm.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${PROJECT_SOURCE_DIR}/tools/completion/minivmm.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME minivmm)
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_VENDOR "minivmm developers")
set(CPACK_PACKAGE_CONTACT "minivmm developers <minivmm@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "small, quick hypervisor directly on /dev/kvm")
set(CPACK_PACKAGE_DESCRIPTION
    "minivmm boots unmodified Linux and other kernels in a q35-like virtual machine,
from the command line: Linux bzImage and vmlinux, PVH, multiboot 1 and 2. It
starts in milliseconds, gives the guest a serial console and fast virtio disks,
and tells by its exit status how the guest ended.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION otherosfs)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# For disks, user networking, and the debugger's disassembly and line editing; minivmm runs without
# them.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "seabios, libslirp0, ipxe-qemu, libzydis4.0 | libzydis4, libedit2")
include(CPack)
