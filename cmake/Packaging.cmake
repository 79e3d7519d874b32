# The .deb.
set(CPACK_GENERATOR DEB)
include(CPack)
