# SPDX-License-Identifier: Apache-2.0
# Finds what is needed, and names the command that brings what is missing.

set(missing "")
function(note_missing what package)
    set(missing "${missing}\n  ${what}: apt-get install ${package}"
        PARENT_SCOPE)
endfunction()

find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
    pkg_check_modules(HWLOC QUIET IMPORTED_TARGET hwloc>=2.4)
    pkg_check_modules(JANSSON QUIET IMPORTED_TARGET jansson>=2.13)
    pkg_check_modules(MD QUIET IMPORTED_TARGET libmd)
else()
    note_missing("pkg-config" pkg-config)
endif()
if(NOT HWLOC_FOUND)
    note_missing("hwloc 2.4 or later" libhwloc-dev)
endif()
if(NOT JANSSON_FOUND)
    note_missing("jansson 2.13 or later" libjansson-dev)
endif()
if(NOT MD_FOUND)
    note_missing("libmd" libmd-dev)
endif()

find_path(RANDOM123_INCLUDE Random123/philox.h)
if(NOT RANDOM123_INCLUDE)
    note_missing("Random123" librandom123-dev)
endif()

if(DRIVE_MPI)
    find_package(MPI 3.0 COMPONENTS C)
    set(HAVE_MPI ${MPI_C_FOUND})
    if(NOT HAVE_MPI)
        note_missing("MPI 3 (or configure with -DDRIVE_MPI=OFF)"
            "libopenmpi-dev openmpi-bin")
    endif()
endif()

if(DRIVE_OPENMP)
    find_package(OpenMP COMPONENTS C)
    set(HAVE_OPENMP ${OpenMP_C_FOUND})
    if(NOT HAVE_OPENMP)
        note_missing("OpenMP for this compiler (or -DDRIVE_OPENMP=OFF)"
            libomp-dev)
    endif()
endif()

if(DRIVE_BLIS)
    find_path(BLIS_INCLUDE blis.h PATH_SUFFIXES blis blis-openmp)
    find_library(BLIS_LIBRARY blis PATH_SUFFIXES blis-openmp)
    if(BLIS_INCLUDE AND BLIS_LIBRARY)
        set(HAVE_BLIS TRUE)
        add_library(blis INTERFACE)
        target_include_directories(blis SYSTEM INTERFACE ${BLIS_INCLUDE})
        target_link_libraries(blis INTERFACE ${BLIS_LIBRARY})
    else()
        note_missing("BLIS (or configure with -DDRIVE_BLIS=OFF)"
            libblis-openmp-dev)
    endif()
endif()

if(DRIVE_PLPLOT)
    if(PKG_CONFIG_FOUND)
        pkg_check_modules(PLPLOT QUIET plplot>=5.11)
    endif()
    set(HAVE_PLPLOT ${PLPLOT_FOUND})
    if(HAVE_PLPLOT)
        # Loaded when it is wanted: the name that goes with its interface.
        list(GET PLPLOT_LINK_LIBRARIES 0 PLPLOT_RUNTIME)
        file(REAL_PATH ${PLPLOT_RUNTIME} PLPLOT_RUNTIME)
        string(REGEX REPLACE "(\\.so\\.[0-9]+).*" "\\1" PLPLOT_RUNTIME
            ${PLPLOT_RUNTIME})
    else()
        note_missing("PLplot (or configure with -DDRIVE_PLPLOT=OFF)"
            "libplplot-dev plplot-driver-cairo")
    endif()
endif()

if(missing)
    message(FATAL_ERROR "drive lacks:${missing}\nOn a cluster, load the "
        "modules that bring them, or set CMAKE_PREFIX_PATH.")
endif()

add_library(hwloc ALIAS PkgConfig::HWLOC)
add_library(jansson ALIAS PkgConfig::JANSSON)
add_library(md ALIAS PkgConfig::MD)
