/* A disk that fails, for LD_PRELOAD: tests/rigs/storage.py builds it and says what it does.
 *
 * SHIM_FILE     files whose path contains this are on the disk
 * SHIM_CONTROL  a file with one order, read before each call while it is there:
 *
 *     fail CALL N ERRNO     the N-th CALL (write, sync, unlink) from now on fails, once
 *     broken CALL N ERRNO   the N-th and all that follow
 *     power N               at the N-th write or sync the power goes: what no sync has covered is taken back,
 *                           newest first, and the process ends at once
 *
 * What a write replaced is remembered until its file is synced. Mapped memory (SQLite's -shm) is not a promise
 * of anybody's: the test removes it, as a restart of the machine would make SQLite do.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum call { WRITE, SYNC, UNLINK, CALLS };
static const char *const NAMES[CALLS] = {"write", "sync", "unlink"};

struct undo {
    struct undo *older;
    int fd;
    dev_t dev;
    ino_t ino;
    off_t at, old_size;
    size_t held;
    char was[];
};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static struct undo *newest;
static long seen[CALLS], touched;
static char order[16], order_call[16];
static long order_at, order_errno;
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fdatasync)(int), (*real_fsync)(int), (*real_unlink)(const char *), (*real_close)(int);
static int (*real_ftruncate)(int, off_t);

__attribute__((constructor)) static void look_up(void)
{
    real_pwrite = dlsym(RTLD_NEXT, "pwrite");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    real_close = dlsym(RTLD_NEXT, "close");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
}

static int ours(const char *path)
{
    const char *part = getenv("SHIM_FILE");
    size_t length = strlen(path);
    int mapped = length > 4 && strcmp(path + length - 4, "-shm") == 0;
    return part != NULL && !mapped && strstr(path, part) != NULL;
}

static int ours_open(int fd)
{
    char link[40], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return ours(path);
}

/* A new order starts the counts anew; it holds until the process ends. */
static void take_order(void)
{
    const char *control = getenv("SHIM_CONTROL");
    int fd = control == NULL ? -1 : open(control, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    char text[80] = {0};
    ssize_t length = read(fd, text, sizeof text - 1);
    real_close(fd);
    real_unlink(control);
    if (length <= 0)
        return;
    memset(seen, 0, sizeof seen);
    touched = 0;
    if (sscanf(text, "power %ld", &order_at) == 1)
        strcpy(order, "power");
    else if (sscanf(text, "%15s %15s %ld %ld", order, order_call, &order_at, &order_errno) != 4)
        order[0] = 0;
}

static void lose_power(void)
{
    for (struct undo *each = newest; each != NULL; each = each->older) {
        real_pwrite(each->fd, each->was, each->held, each->at);
        real_ftruncate(each->fd, each->old_size);
    }
    kill(getpid(), SIGKILL);
}

/* 0, or the errno with which this call fails. */
static int verdict(enum call call)
{
    take_order();
    seen[call]++;
    if (strcmp(order, "power") == 0 && call != UNLINK && ++touched >= order_at)
        lose_power();
    if (strcmp(order_call, NAMES[call]) != 0)
        return 0;
    int once = strcmp(order, "fail") == 0 && seen[call] == order_at;
    int for_ever = strcmp(order, "broken") == 0 && seen[call] >= order_at;
    return once || for_ever ? (int)order_errno : 0;
}

static void remember(int fd, size_t size, off_t at)
{
    struct stat now;
    if (fstat(fd, &now) != 0)
        return;
    struct undo *one = malloc(sizeof *one + size);
    ssize_t held = pread(fd, one->was, size, at);
    *one = (struct undo){newest, dup(fd), now.st_dev, now.st_ino, at, now.st_size, held < 0 ? 0 : (size_t)held};
    newest = one;
}

static void forget(int fd)
{
    struct stat now;
    if (fstat(fd, &now) != 0)
        return;
    for (struct undo **at = &newest; *at != NULL;) {
        struct undo *one = *at;
        if (one->dev == now.st_dev && one->ino == now.st_ino) {
            *at = one->older;
            real_close(one->fd);
            free(one);
        } else
            at = &one->older;
    }
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
    if (!ours_open(fd))
        return real_pwrite(fd, data, size, at);
    pthread_mutex_lock(&turn);
    int failure = verdict(WRITE);
    ssize_t done = -1;
    if (failure == 0) {
        remember(fd, size, at);
        done = real_pwrite(fd, data, size, at);
    }
    pthread_mutex_unlock(&turn);
    if (failure != 0)
        errno = failure;
    return done;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t at) { return pwrite(fd, data, size, at); }

static int sync_with(int fd, int (*real)(int))
{
    if (!ours_open(fd))
        return real(fd);
    pthread_mutex_lock(&turn);
    int failure = verdict(SYNC), done = -1;
    if (failure == 0 && (done = real(fd)) == 0)
        forget(fd);
    pthread_mutex_unlock(&turn);
    if (failure != 0)
        errno = failure;
    return done;
}

int fdatasync(int fd) { return sync_with(fd, real_fdatasync); }

int fsync(int fd) { return sync_with(fd, real_fsync); }

int unlink(const char *path)
{
    if (!ours(path))
        return real_unlink(path);
    pthread_mutex_lock(&turn);
    int failure = verdict(UNLINK);
    pthread_mutex_unlock(&turn);
    if (failure == 0)
        return real_unlink(path);
    errno = failure;
    return -1;
}
