/* SPDX-License-Identifier: Apache-2.0 */
#include "core/desk.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/futex.h"
#include "core/segment.h"

static const uint64_t desk_magic = 0x6465736b20763031;

static size_t rounded(size_t bytes, size_t to)
{
    return (bytes + to - 1) / to * to;
}

int desk_create(struct desk **desk, int *fd, int n, size_t room, size_t each,
                struct err *err)
{
    size_t own_at = sizeof **desk + rounded(room, 64);
    size_t stride = rounded(sizeof(struct stamp) + each, sizeof(uint64_t));
    size_t bytes = own_at + (size_t)n * stride;
    void *at;

    if (segment_create("drive-desk", bytes, &at, fd, err))
        return -1;
    *desk = at;
    (*desk)->magic = desk_magic;
    (*desk)->parent = getpid();
    (*desk)->n = n;
    (*desk)->bytes = bytes;
    (*desk)->own_at = own_at;
    (*desk)->stride = stride;
    return 0;
}

int desk_join(struct desk **desk, const char *path, struct err *err)
{
    void *at;

    if (segment_join(path, &at, err))
        return -1;
    *desk = at;
    if ((*desk)->magic == desk_magic)
        return 0;
    segment_leave(at, sizeof **desk);
    return err_set(err, EXIT_USAGE, "'%s' is not a desk of drive", path);
}

void desk_close(struct desk *desk)
{
    if (desk)
        segment_leave(desk, desk->bytes);
}

struct stamp *desk_stamp(struct desk *desk, int i)
{
    return (struct stamp *)((char *)desk + desk->own_at +
                            (size_t)i * desk->stride);
}

void *desk_own(struct desk *desk, int i)
{
    return desk_stamp(desk, i) + 1;
}

void desk_clear(struct desk *desk)
{
    atomic_store(&desk->ready.count, 0);
    atomic_store(&desk->ready.full, 0);
    atomic_store(&desk->ended.count, 0);
    atomic_store(&desk->ended.full, 0);
    atomic_store(&desk->released, 0);
    memset((char *)desk + desk->own_at, 0, (size_t)desk->n * desk->stride);
}

void desk_release(struct desk *desk)
{
    atomic_store(&desk->released, 1);
    futex_wake_all(&desk->released);
}

void desk_stop(struct desk *desk)
{
    atomic_store(&desk->stopped, 1);
    futex_wake_all(&desk->stopped);
    desk_release(desk);
}

int desk_trouble(struct desk *desk, struct err *err)
{
    if (!atomic_load(&desk->troubles))
        return 0;
    if (atomic_load(&desk->explained))
        *err = desk->err;
    else
        err_set(err, EXIT_RESOURCE, "a child failed");
    return -1;
}

int desk_fail(struct desk *desk, const struct err *err)
{
    if (atomic_fetch_add(&desk->troubles, 1) == 0) {
        desk->err = *err;
        atomic_store(&desk->explained, 1);
    }
    return err->code;
}

int desk_lost(struct desk *desk, int i, int status)
{
    struct err err;

    if (status == 0)
        return 0;
    if (WIFSIGNALED(status))
        err_set(&err, EXIT_RESOURCE, "child %d of %d was lost: signal %d (%s)",
                i + 1, desk->n, WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        err_set(&err, EXIT_RESOURCE, "child %d of %d ended with %d", i + 1,
                desk->n, WEXITSTATUS(status));
    desk_fail(desk, &err);
    return -1;
}

/* -- inside a child -------------------------------------------------------- */

int desk_live(struct desk *desk, int i, life_fn *life)
{
    int code = life(desk, i);

    desk_stamp(desk, i)->end_ns = clock_now();
    return code;
}

void muster_add(struct muster *muster, uint32_t n)
{
    if (atomic_fetch_add(&muster->count, 1) + 1 != n)
        return;
    atomic_store(&muster->full, 1);
    futex_wake_all(&muster->full);
}

void desk_ready(struct desk *desk, int i)
{
    desk_stamp(desk, i)->ready_ns = clock_now();
    muster_add(&desk->ready, (uint32_t)desk->n);
}

void desk_await(struct desk *desk)
{
    futex_await(&desk->released, 0, 0);
}

void desk_sleep(struct desk *desk, uint64_t ns)
{
    uint64_t now = clock_now(), end = now + ns;

    while (now < end && !atomic_load(&desk->stopped)) {
        futex_wait(&desk->stopped, 0, (int64_t)(end - now));
        now = clock_now();
    }
}

bool desk_follow(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return !parent || getppid() == parent;
}
