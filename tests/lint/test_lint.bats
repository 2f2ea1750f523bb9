#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A lint that cannot fail is worth nothing: each is shown a small tree that is
# in order, and then what it is there to find.

bats_require_minimum_version 1.5.0

setup() {
    tree=$BATS_TEST_TMPDIR/tree
    mkdir -p "$tree"/{core,kernels,results/record,drivers/executors,drivers/commands,tests/cli}
}

# Writes stdin to a file of the tree.
put() {
    mkdir -p "$(dirname "$tree/$1")"
    cat >"$tree/$1"
}

# One line of C below the licence.
put_c() {
    printf '/* SPDX-License-Identifier: Apache-2.0 */\n%s\n' "$2" | put "$1"
}

passes() {
    run "$BATS_TEST_DIRNAME/$1.sh" "$tree"
    skip_without_tool
    printf '%s\n' "$output"
    [ "$status" -eq 0 ]
}

# The lint exits 1 and names the place.
finds() {
    run "$BATS_TEST_DIRNAME/$1.sh" "$tree"
    skip_without_tool
    printf '%s\n' "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"$2"* ]]
}

skip_without_tool() {
    [ "$status" -ne 77 ] || skip "$output"
}

# -- arrows ------------------------------------------------------------------

@test "arrows: downwards passes" {
    put_c core/a.c '#include "core/a.h"'
    put_c kernels/a.c '#include "core/a.h"'
    put_c results/a.c '#include "results/a.h"'
    put_c drivers/a.c '#include "kernels/a.h"'
    passes arrows
}

@test "arrows: core includes only core" {
    put_c core/a.c '#include "kernels/kernel.h"'
    finds arrows core/a.c:2:
}

@test "arrows: kernels do not know drivers" {
    put_c kernels/a.h '#  include "drivers/board.h"'
    finds arrows kernels/a.h:2:
}

@test "arrows: results do not know kernels" {
    put_c results/record/a.c '#include <kernels/kernel.h>'
    finds arrows results/record/a.c:2:
}

@test "arrows: kernels do not know results" {
    put_c kernels/a.c '#include "results/record/write.h"'
    finds arrows kernels/a.c:2:
}

@test "arrows: a header is named by its folder" {
    put_c drivers/a.c '#include "board.h"'
    finds arrows drivers/a.c:2:
}

@test "arrows: no way round through the parent folder" {
    put_c core/a.c '#include "core/../drivers/board.h"'
    finds arrows core/a.c:2:
}

# -- homes -------------------------------------------------------------------

@test "homes: at home passes" {
    put_c drivers/executors/ranks.c '#include <mpi.h>'
    put_c drivers/executors/threads.c '#pragma omp parallel'
    put_c drivers/placement.c '#include <hwloc.h>'
    put_c results/record/environment_read.c '#include <hwloc.h>'
    put_c results/record/json.h '#include <jansson.h>'
    put_c kernels/blas.c '#include <blis.h>'
    put_c core/rng.c '#include <Random123/philox.h>'
    passes homes
}

@test "homes: mpi.h" {
    put_c drivers/launch.c '#include <mpi.h>'
    finds homes drivers/launch.c:2:
}

@test "homes: omp.h" {
    put_c kernels/a.c '#include <omp.h>'
    finds homes kernels/a.c:2:
}

@test "homes: pragma omp" {
    put_c kernels/a.c '#  pragma omp simd'
    finds homes kernels/a.c:2:
}

@test "homes: hwloc.h" {
    put_c drivers/executors/serial.c '#include <hwloc/glibc-sched.h>'
    finds homes drivers/executors/serial.c:2:
}

@test "homes: blis.h" {
    put_c kernels/matmul.c '#include "blis/blis.h"'
    finds homes kernels/matmul.c:2:
}

@test "homes: jansson.h" {
    put_c drivers/commands/list.c '#include <jansson.h>'
    finds homes drivers/commands/list.c:2:
}

@test "homes: Random123" {
    put_c kernels/a.c '#include <Random123/threefry.h>'
    finds homes kernels/a.c:2:
}

# -- headers -----------------------------------------------------------------

@test "headers: self-contained passes" {
    put_c core/a.h '#include <stddef.h>
size_t a(void);'
    put_c core/a.c '#include "core/a.h"'
    passes headers
}

@test "headers: a type that nobody included" {
    put_c core/a.h 'size_t a(void);'
    finds headers core/a.h:2:
}

@test "headers: a header that is not there" {
    put_c core/a.h '#include "core/b.h"'
    finds headers core/a.h:2:
}

@test "headers: the own one is not the first" {
    put_c core/a.h 'int a(void);'
    put_c core/a.c '#include <stdio.h>
#include "core/a.h"'
    finds headers core/a.c:2:
}

# -- format ------------------------------------------------------------------

style() {
    cp "$BATS_TEST_DIRNAME/../../.clang-format" "$tree"
}

@test "format: in order passes" {
    style
    put_c core/a.c 'int a(void);'
    printf '#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n' | put setup.sh
    passes format
}

@test "format: not as clang-format has it" {
    style
    put_c tests/unit/test_a.c 'int  a( void );'
    finds format tests/unit/test_a.c:2:
}

@test "format: a tab" {
    style
    printf '# SPDX-License-Identifier: Apache-2.0\n\ttrue\n' | put a.sh
    finds format a.sh:2:
}

@test "format: white space at the end" {
    style
    printf 'text \n' | put README.md
    finds format README.md:1:
}

@test "format: C without a licence" {
    style
    echo 'int a(void);' | put core/a.h
    finds format core/a.h:1:
}

@test "format: a script without a suffix and without a licence" {
    style
    printf '#!/bin/sh\ntrue\n' | put .ci/run
    finds format .ci/run:2:
}

@test "format: CMake without a licence" {
    style
    echo 'project(a)' | put CMakeLists.txt
    finds format CMakeLists.txt:1:
}

# -- sizes -------------------------------------------------------------------

# A function of so many lines, braces included.
put_function() {
    {
        printf '/* SPDX-License-Identifier: Apache-2.0 */\nvoid a(void)\n{\n'
        for ((i = 2; i < $2; i++)); do
            echo '    ;'
        done
        echo '}'
    } | put "$1"
}

@test "sizes: a function of 80 lines passes" {
    put_function core/a.c 80
    passes sizes
    [[ $output == *"1 functions, median 80 lines"* ]]
}

@test "sizes: a function of 81 lines" {
    put_function core/a.c 81
    finds sizes core/a.c:3:
}

@test "sizes: a long function in a test" {
    put_function tests/unit/test_a.c 90
    finds sizes tests/unit/test_a.c:3:
}

@test "sizes: a file of 601 lines" {
    yes '' | head -n 601 | put results/record/a.c
    finds sizes results/record/a.c:600:
}

@test "sizes: a large file of tests" {
    yes '' | head -n 601 | put tests/unit/test_a.c
    finds sizes tests/unit/test_a.c:600:
}

@test "sizes: a file of 600 lines passes" {
    yes '' | head -n 600 | put results/record/a.c
    passes sizes
}

# -- names -------------------------------------------------------------------

@test "names: what is allowed passes" {
    echo 'COMMAND(run)' | put drivers/commands/commands.def
    echo 'KERNEL(runner)' | put kernels/kernels.def
    put_c drivers/drive.c 'static volatile int stop;
int main(void)
{
    printf("%d\n", stop);
    exit(0);
}'
    put_c core/a.c 'static const char *const names[] = {"exit(0);", NULL};
enum { A = 1 };
struct a;
struct b {
    int x;
};
static const struct {
    int x;
} row[] = {{1}};
const struct a a = {
    .x = 1,
};
static int f(int x)
{
    static const int y = 2; /* printf("no") */
    snprintf(out, size, "printf(");
    return x;
}'
    put_c results/a.c 'static void f(FILE *out)
{
    fprintf(out, "x");
}'
    put_c drivers/nursery.c 'static void f(void)
{
    exit(0);
}'
    passes names
}

@test "names: a kernel with a command's name" {
    echo 'COMMAND(check)' | put drivers/commands/commands.def
    printf 'KERNEL(null)\nKERNEL(check)\n' | put kernels/kernels.def
    finds names kernels/kernels.def:2:
}

@test "names: a static object" {
    put_c core/a.c 'static int counter;'
    finds names core/a.c:2:
}

@test "names: an object for everybody" {
    put_c kernels/a.c 'struct state state = {0};'
    finds names kernels/a.c:2:
}

@test "names: an array of a struct without a name" {
    put_c drivers/a.c 'static struct {
    int x;
} cache[4];'
    finds names drivers/a.c:2:
}

@test "names: a pointer that may point elsewhere" {
    put_c core/a.c 'static const char *last = "none";'
    finds names core/a.c:2:
}

@test "names: static inside a function" {
    put_c core/a.c 'int f(void)
{
    static int calls;
    return calls++;
}'
    finds names core/a.c:4:
}

@test "names: a kernel that prints" {
    put_c kernels/a.c 'void f(void)
{
    printf("x");
}'
    finds names kernels/a.c:4:
}

@test "names: core that writes to stderr" {
    put_c core/a.c 'void f(void)
{
    fputs("x", stderr);
}'
    finds names core/a.c:4:
}

@test "names: results that end the program" {
    put_c results/a.c 'void f(void)
{
    exit(1);
}'
    finds names results/a.c:4:
}

@test "names: a driver that prints" {
    put_c drivers/a.c 'void f(void)
{
    puts("x");
}'
    finds names drivers/a.c:4:
}

@test "names: a driver that exits" {
    put_c drivers/a.c 'void f(void)
{
    exit(0);
}'
    finds names drivers/a.c:4:
}

@test "names: a command that exits" {
    put_c drivers/commands/a.c 'void f(void)
{
    printf("this is what it is for");
    exit(0);
}'
    finds names drivers/commands/a.c:5:
}

# -- spelling and shell ------------------------------------------------------

@test "spelling: right passes" {
    echo 'They receive the same occurrence.' | put README.md
    passes spelling
}

@test "spelling: a well-known mistake" {
    # Put together here, so that it does not stand in this file.
    printf 'first\nto re%sve\n' cie | put doc/a.md
    finds spelling doc/a.md:2:
}

@test "shell: clean passes" {
    # shellcheck disable=SC2016 # meant for the script
    printf '#!/bin/sh\necho "$1"\n' | put tests/a.sh
    passes shell
}

@test "shell: a variable without quotes" {
    # shellcheck disable=SC2016 # meant for the script
    printf '#!/bin/sh\nrm $1\n' | put tests/a.sh
    finds shell tests/a.sh:2:
}

@test "shell: a script without a suffix" {
    # shellcheck disable=SC2016 # meant for the script
    printf '#!/bin/sh\nrm $1\n' | put .ci/run
    finds shell .ci/run:2:
}
