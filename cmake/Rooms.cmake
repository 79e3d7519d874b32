# One library a room, all with the same flags; and the unit tests of each.

# The flags of everything that runs on the host. Guests have their own (guests/CMakeLists.txt).
add_library(minivmm_flags INTERFACE)
target_include_directories(minivmm_flags INTERFACE ${PROJECT_SOURCE_DIR}/include
                                                   ${PROJECT_SOURCE_DIR}/src)
target_compile_options(minivmm_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
target_compile_definitions(minivmm_flags INTERFACE _GLIBCXX_ASSERTIONS)
if(MINIVMM_WERROR)
  target_compile_options(minivmm_flags INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(minivmm_flags INTERFACE -Wthread-safety)
endif()
if(MINIVMM_SANITIZE)
  target_compile_options(minivmm_flags INTERFACE -fsanitize=${MINIVMM_SANITIZE}
                                                 -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(minivmm_flags INTERFACE -fsanitize=${MINIVMM_SANITIZE})
endif()
if(MINIVMM_FUZZ)
  target_compile_options(minivmm_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Names of tests say which build they are of, where it is not the plain one.
set(MINIVMM_VARIANT "")
if(MINIVMM_SANITIZE MATCHES "address")
  set(MINIVMM_VARIANT "asan: ")
elseif(MINIVMM_SANITIZE MATCHES "thread")
  set(MINIVMM_VARIANT "tsan: ")
endif()

# minivmm_room(NAME SOURCES file... [LINKS library...]): the library minivmm_NAME.
function(minivmm_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS" ${ARGN})
  add_library(minivmm_${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(minivmm_${name} PUBLIC minivmm_flags ${ROOM_LINKS})
endfunction()

# minivmm_unit_test(ROOM SOURCES file... LINKS library...): an executable ROOM_test, each of its
# test cases a test of ctest with the label "unit".
function(minivmm_unit_test room)
  cmake_parse_arguments(TEST "" "ENVIRONMENT" "SOURCES;LINKS" ${ARGN})
  if(MINIVMM_FUZZ)
    return()
  endif()
  add_executable(${room}_test ${TEST_SOURCES})
  target_include_directories(${room}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${room}_test PRIVATE minivmm_flags ${TEST_LINKS} Catch2::Catch2WithMain)
  set(environment)
  if(TEST_ENVIRONMENT)
    set(environment ENVIRONMENT "${TEST_ENVIRONMENT}")
  endif()
  catch_discover_tests(${room}_test TEST_PREFIX "${MINIVMM_VARIANT}${room}: " DISCOVERY_TIMEOUT 120
                       PROPERTIES LABELS unit TIMEOUT 120 SKIP_REGULAR_EXPRESSION "SKIPPED: "
                                  ${environment})
endfunction()

set(MINIVMM_FUZZ_SECONDS 20 CACHE STRING "How long each fuzz target runs as a test")
if(MINIVMM_FUZZ)
  add_custom_target(fuzz_targets)
endif()

# minivmm_fuzz_target(NAME SOURCES file... LINKS library... [CORPUS folder]): an executable
# NAME_fuzz of libFuzzer; as a test it runs for a bounded time from its corpus (label "fuzz").
function(minivmm_fuzz_target name)
  cmake_parse_arguments(FUZZ "" "CORPUS" "SOURCES;LINKS" ${ARGN})
  if(NOT MINIVMM_FUZZ)
    return()
  endif()
  add_executable(${name}_fuzz ${FUZZ_SOURCES})
  target_include_directories(${name}_fuzz PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name}_fuzz PRIVATE minivmm_flags ${FUZZ_LINKS})
  target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzz_targets ${name}_fuzz)
  set(found ${CMAKE_CURRENT_BINARY_DIR}/${name}.found)
  file(MAKE_DIRECTORY ${found})
  add_test(NAME "fuzz: ${name}"
           COMMAND ${name}_fuzz -max_total_time=${MINIVMM_FUZZ_SECONDS} -timeout=10 -verbosity=0
                   -artifact_prefix=${found}/ ${found} ${FUZZ_CORPUS})
  math(EXPR limit "${MINIVMM_FUZZ_SECONDS} + 120")
  set_tests_properties("fuzz: ${name}" PROPERTIES LABELS fuzz TIMEOUT ${limit})
endfunction()
