// Attempts against the process that emulates owners: `owner-keeper NAME OUTSIDE`, where OUTSIDE is a directory of the
// host. Prints only what the test cannot observe from outside.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <grp.h>
#include <unistd.h>

static char leads[8][512]; // paths that would lead to OUTSIDE
static int lead_count;
static volatile int over;

static void lead(const char *before, const char *outside) { snprintf(leads[lead_count++], 512, "%s%s", before, outside); }

// Calls that the keeper emulates: changes of owners, and creation of files in a setgid directory.
static void touch_all(const char *directory) {
  char path[1024], other[1024];
  struct stat state;
  snprintf(path, sizeof path, "%s/file", directory), chown(path, 5, 6), lchown(path, 5, 6), stat(path, &state);
  snprintf(other, sizeof other, "%s/gone", directory), rename(path, other), rename(other, path);
  snprintf(path, sizeof path, "%s/new", directory), close(open(path, O_CREAT | O_WRONLY, 0644)), unlink(path);
  snprintf(path, sizeof path, "%s/dir", directory), mkdir(path, 0755), rmdir(path);
  snprintf(path, sizeof path, "%s/link", directory), symlink("x", path), unlink(path);
  snprintf(path, sizeof path, "%s/fifo", directory), mkfifo(path, 0644), unlink(path);
  snprintf(path, sizeof path, "%s/node", directory), mknod(path, S_IFCHR | 0644, makedev(1, 3)), unlink(path);
  close(open(directory, O_TMPFILE | O_WRONLY, 0644));
}

static void make_group_directory(const char *path) {
  mkdir(path, 0777), chown(path, 0, 44), chmod(path, 02777);
}

static void *swap_links(void *_) {
  for (int round = 0; !over; round++) {
    unlink("/g/new-way"), symlink(leads[round % lead_count], "/g/new-way");
    syscall(SYS_renameat2, AT_FDCWD, "/g/new-way", AT_FDCWD, "/g/way", RENAME_EXCHANGE);
    syscall(SYS_renameat2, AT_FDCWD, "/g/new-way", AT_FDCWD, "/g/way", RENAME_EXCHANGE);
  }
  return 0;
}

static void swapped_links(void) {
  make_group_directory("/g"), make_group_directory("/g/way"), close(open("/g/way/file", O_CREAT | O_WRONLY, 0644));
  pthread_t other;
  pthread_create(&other, 0, swap_links, 0);
  for (int round = 0; round < 300; round++) touch_all("/g/way");
  over = 1, pthread_join(other, 0);
}

static char shared[512];

static void *rewrite(void *_) {
  for (int round = 0; !over; round++) memcpy(shared, "/g/in", 6), memcpy(shared, leads[round % lead_count], 512);
  return 0;
}

// Another process reads the path while this one changes it: the directory and the last component in turn.
static void rewritten_paths(void) {
  make_group_directory("/g"), make_group_directory("/g/in"), strcpy(shared, "/g/in");
  pthread_t other;
  pthread_create(&other, 0, rewrite, 0);
  struct stat state;
  for (int round = 0; round < 1000; round++) {
    chown(shared, 5, 6), lchown(shared, 5, 6), stat(shared, &state);
    mkdir(shared, 0755), symlink(shared, shared), mkfifo(shared, 0644), rename(shared, "/g/moved"), rename("/g/moved", shared);
    close(open(shared, O_CREAT | O_WRONLY | O_NONBLOCK, 0644)), close(open(shared, O_TMPFILE | O_WRONLY, 0644));
  }
  over = 1, pthread_join(other, 0);
}

static void kernel_links(const char *outside) {
  char path[1024];
  const char *places[] = {"root", "cwd", "fd/0", "fd/1", "fd/2", "fd/3", "fd/4", "fd/5", "fd/6", "fd/7", "task/1/root", "map_files"};
  for (int pid = 0; pid < 60; pid++)
    for (int place = 0; place < (int)(sizeof places / sizeof *places); place++) {
      const char *whose = pid == 0 ? "self" : pid == 1 ? "thread-self" : 0;
      char number[16];
      snprintf(number, sizeof number, "%d", pid - 1);
      snprintf(path, sizeof path, "/proc/%s/%s/../../../../../..%s", whose ? whose : number, places[place], outside), touch_all(path);
      snprintf(path, sizeof path, "/proc/%s/%s%s", whose ? whose : number, places[place], outside), touch_all(path);
    }
  for (int each = 0; each < lead_count; each++) touch_all(leads[each]);
}

static void *exchange(void *_) {
  while (!over) syscall(SYS_renameat2, AT_FDCWD, "/g/a/b", AT_FDCWD, "/g/c", RENAME_EXCHANGE);
  return 0;
}

// `..` in a directory that is moved concurrently, in other mounts, and in removed directories.
static void moved_directories(const char *outside) {
  make_group_directory("/g"), make_group_directory("/g/a"), make_group_directory("/g/a/b"), make_group_directory("/g/c");
  pthread_t other;
  pthread_create(&other, 0, exchange, 0);
  char path[1024];
  snprintf(path, sizeof path, "../../../../../..%s", outside);
  for (int round = 0; round < 60; round++) {
    chdir(round % 2 ? "/g/a/b" : "/g/c"), touch_all(path), touch_all(".");
    int at = open("/g/c", O_DIRECTORY | O_PATH);
    fchownat(at, path, 5, 6, 0), mkdirat(at, path, 0755), symlinkat("x", at, path), close(at);
  }
  over = 1, pthread_join(other, 0);
  const char *mounts[] = {"/proc/sys", "/dev/shm", "/dev/pts", "/sys/fs/cgroup", "/proc/self/ns"};
  for (int each = 0; each < 5; each++)
    if (chdir(mounts[each]) == 0) touch_all(path);
  mkdir("/g/gone", 0755), chdir("/g/gone"), rmdir("/g/gone"), touch_all(path), touch_all("."), touch_all("..");
  chdir("/");
}

// Descriptors that are O_PATH references, of other kinds, of another process, or closed.
static void references(const char *outside) {
  char path[1024];
  snprintf(path, sizeof path, "../../../..%s/file", outside);
  struct stat state;
  int pair[2], pipes[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair), pipe(pipes);
  pid_t child = fork();
  if (child == 0) chdir("/proc"), pause();
  int others = syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, child, 0), 0, 0);
  int files[] = {open("/", O_PATH), open("/proc", O_PATH), open("/proc/1", O_PATH), open("/proc/self/exe", O_PATH),
                 open("/bin/busybox", O_RDONLY), pair[0], pipes[1], others, memfd_create("m", 0), -1, -100, 999, -2147483648,
                 open("/proc/self/ns/mnt", O_RDONLY), syscall(SYS_pidfd_open, child, 0), open("/dev/null", O_RDWR)};
  for (int each = 0; each < (int)(sizeof files / sizeof *files); each++) {
    int at = files[each];
    fchownat(at, path, 5, 6, 0), fchownat(at, "", 5, 6, AT_EMPTY_PATH), fchownat(at, "root", 5, 6, AT_SYMLINK_NOFOLLOW);
    fchownat(at, 0, 5, 6, AT_EMPTY_PATH), fchown(at, 5, 6), fstat(at, &state), fstatat(at, path, &state, 0);
    mkdirat(at, path, 0755), renameat(at, path, at, "x"), symlinkat(path, at, path), openat(at, path, O_CREAT | O_WRONLY | O_NONBLOCK, 0644);
    snprintf(path, sizeof path, "/proc/self/fd/%d", at), chown(path, 5, 6);
    snprintf(path, sizeof path, "../../../..%s/file", outside);
  }
  kill(child, SIGKILL), waitpid(child, 0, 0);
}

static void *ended_at_once(void *_) { return 0; }

// Strings that are too long, unterminated, unmapped, or invalid pointers.
static void odd_arguments(void) {
  static char name[8192];
  make_group_directory("/g");
  int lengths[] = {250, 251, 252, 253, 254, 255, 256, 4090, 4091, 4092, 4093, 4094, 4095, 4096, 4097, 8000};
  for (int each = 0; each < 16; each++)
    for (int slashes = 0; slashes < 3; slashes++) {
      memset(name, 'n', sizeof name), memcpy(name, "/g/", 3), name[lengths[each] + 3] = 0;
      for (int at = 3; slashes == 1 && at < lengths[each]; at += 2) name[at] = '/';
      for (int at = 3; slashes == 2 && at < lengths[each]; at++) name[at] = '/';
      touch_all(name), chown(name, 5, 6), mkdir(name, 0755), symlink(name, name), rename(name, name), mkfifo(name, 0644);
      close(open(name, O_CREAT | O_WRONLY, 0644));
    }
  char *edge = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(edge + 4096, 4096), memset(edge, '/', 4096);
  unsigned long addresses[] = {0, 1, (unsigned long)edge, (unsigned long)edge + 4095, (unsigned long)edge + 4096, ~0ul, ~0ul - 1, ~0ul - 4096,
                               1ul << 47, 1ul << 63, 0xffffffff81000000ul};
  for (int each = 0; each < 11; each++) {
    char *bad = (char *)addresses[each];
    syscall(SYS_fchownat, AT_FDCWD, bad, 5, 6, 0), syscall(SYS_mkdirat, AT_FDCWD, bad, 0755), syscall(SYS_symlinkat, bad, AT_FDCWD, bad);
    syscall(SYS_newfstatat, AT_FDCWD, "/g", bad, 0), syscall(SYS_newfstatat, AT_FDCWD, bad, bad, 0), syscall(SYS_statx, AT_FDCWD, bad, 0, 0, bad);
    syscall(SYS_openat2, AT_FDCWD, "/g/x", bad, 24), syscall(SYS_openat2, AT_FDCWD, bad, bad, ~0ul), syscall(SYS_renameat2, AT_FDCWD, bad, AT_FDCWD, bad, ~0);
    syscall(SYS_setgroups, 1000, bad), syscall(SYS_setgroups, ~0u, bad), syscall(SYS_getgroups, 1 << 30, bad), syscall(SYS_getresuid, bad, bad, bad);
    syscall(SYS_mknodat, AT_FDCWD, bad, ~0, ~0ul), syscall(SYS_fchownat, ~0, "", ~0, ~0, ~0), syscall(SYS_openat, ~0, "x", ~0, ~0);
  }
}

// Callers that exit before they get a result.
static void killed_callers(void) {
  for (int round = 0; round < 300; round++) {
    pid_t child = fork();
    if (child == 0)
      for (struct stat state;;) stat("/", &state), chown("/g", 5, 6), setresuid(0, 0, 0);
    usleep(round * 7 % 500), kill(child, SIGKILL), waitpid(child, 0, 0);
    pthread_t thread;
    pthread_create(&thread, 0, ended_at_once, 0), pthread_join(thread, 0);
  }
}

// New sets of groups of the maximum size: prints how many were accepted.
static void many_groups(void) {
  static gid_t groups[65536];
  int taken = 0;
  for (int round = 0; round < 400; round++) groups[0] = round, taken += setgroups(65536, groups) == 0;
  printf("%d\n", taken);
}

// Records as the command itself can write them, as many as fit.
static void many_records(void) {
  static char garbage[65536], value[65536];
  char path[64];
  make_group_directory("/g");
  memset(garbage, ':', sizeof garbage);
  for (int each = 0; each < 65536; each += 3) garbage[each] = '\0';
  const char *records[] = {"", ":", "1", "99999999999999999999:1", "-1:-1", "1:2:c:4294967296:1", "1:2:c", "4294967295:4294967295", "0:0:b:0:0", "\xff\xfe"};
  struct stat state;
  for (int each = 0; each < 10; each++)
    for (int size = 64; size <= 65536; size *= 4) {
      setxattr("/g", "user.tsbuild.owner", records[each], strlen(records[each]), 0), setxattr("/g", "user.tsbuild.owner", garbage, size, 0);
      setxattr("/g", "user.tsbuild.owners", garbage, size, 0), stat("/g", &state), symlink("x", "/g/l"), lchown("/g/l", 3, 4), unlink("/g/l");
    }
  removexattr("/g", "user.tsbuild.owners"), removexattr("/g", "user.tsbuild.owner"), make_group_directory("/g");
  for (int each = 0; each < 3000; each++) snprintf(path, sizeof path, "/g/%d", each), symlink("x", path), lchown(path, each, each), lstat(path, &state);
  for (int each = 0; each < 3000; each++) listxattr("/g", value, sizeof value);
}

// The last process to close such a socket waits until its data is read, which never happens: here, that is a thread,
// which ends with the process.
static void *close_late(void *number) { return usleep(1000 * (long)number), close(100 + (long)number), NULL; }

static void lingering_sockets(void) {
  static char bytes[1 << 20];
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct linger stays = {1, 1000};
  socklen_t size = sizeof any;
  int door = socket(AF_INET, SOCK_STREAM, 0);
  bind(door, (struct sockaddr *)&any, sizeof any), listen(door, 1000), getsockname(door, (struct sockaddr *)&any, &size);
  for (long number = 0; number < 100; number++) {
    int end = socket(AF_INET, SOCK_STREAM, 0);
    connect(end, (struct sockaddr *)&any, sizeof any), setsockopt(end, SOL_SOCKET, SO_LINGER, &stays, sizeof stays);
    while (send(end, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {}
    dup2(end, 100 + number), close(end);
    pthread_t thread;
    struct stat state;
    pthread_create(&thread, 0, close_late, (void *)number);
    for (int asked = 0; fstat(100 + number, &state) == 0 || asked == 0; asked++) {}
  }
}

// Restrictions that the caller sets with openat2 are respected: prints the errors.
static void resolve_flags(void) {
  make_group_directory("/g"), make_group_directory("/g/in"), make_group_directory("/g/apart"), symlink("/g/apart", "/g/in/out");
  setresgid(1000, 1000, 1000), setresuid(1000, 1000, 1000);
  int at = open("/g/in", O_DIRECTORY | O_PATH);
  struct {const char *path; int way;} tries[] = {{"out/made", RESOLVE_BENEATH}, {"../apart/made", RESOLVE_BENEATH}, {"/g/apart/made", RESOLVE_BENEATH}, {"out/made", RESOLVE_NO_SYMLINKS}, {"/made", RESOLVE_IN_ROOT}};
  for (int each = 0; each < 5; each++) {
    struct open_how how = {.flags = O_CREAT | O_WRONLY, .mode = 0644, .resolve = tries[each].way};
    printf("%d ", syscall(SYS_openat2, at, tries[each].path, &how, sizeof how) < 0 ? errno : 0);
  }
  struct stat state;
  printf("%d %d\n", access("/g/apart/made", F_OK), stat("/g/in/made", &state) == 0 ? (int)state.st_uid : -1);
}

int main(int count, char **words) {
  const char *name = words[1], *outside = count > 2 ? words[2] : "/nowhere";
  lead("", outside), lead("/proc/self/root", outside), lead("/proc/1/root", outside), lead("self/root", outside);
  lead("../../../../..", outside), lead("/proc/self/cwd/../../..", outside), lead("1/root", outside);
  if (!strcmp(name, "swapped-links")) swapped_links();
  else if (!strcmp(name, "rewritten-paths")) rewritten_paths();
  else if (!strcmp(name, "kernel-links")) kernel_links(outside);
  else if (!strcmp(name, "moved-directories")) moved_directories(outside);
  else if (!strcmp(name, "references")) references(outside);
  else if (!strcmp(name, "odd-arguments")) odd_arguments();
  else if (!strcmp(name, "killed-callers")) killed_callers();
  else if (!strcmp(name, "many-groups")) many_groups();
  else if (!strcmp(name, "many-records")) many_records();
  else if (!strcmp(name, "lingering-sockets")) lingering_sockets();
  else if (!strcmp(name, "resolve-flags")) resolve_flags();
  else return 2;
  return 0;
}
