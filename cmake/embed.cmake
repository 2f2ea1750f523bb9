# SPDX-License-Identifier: Apache-2.0
# Writes OUT, a C file with the texts of FILES (a list) for reference_files of
# results/record/reference.h. Run as a script: cmake -DOUT=... -DFILES=... -P.

set(arrays "")
set(rows "")
set(number 0)
foreach(file IN LISTS FILES)
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(REPLACE "0x0a," "0x0a,\n" bytes "${bytes}") # a line a line
    get_filename_component(name ${file} NAME)
    string(APPEND arrays "static const unsigned char file_${number}[] = {\n${bytes}0};\n")
    string(APPEND rows "    {\"${name}\", (const char *)file_${number}, sizeof file_${number} - 1},\n")
    math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUT} "#include \"results/record/reference.h\"\n${arrays}\nconst struct reference_file reference_files[] = {\n${rows}    {0, 0, 0},\n};\n")
