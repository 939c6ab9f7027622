// Tries each call that a command must not use and prints `name errno` (0: it succeeded).
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __x86_64__
/* Creates a socket like a 32-bit program. A kernel without support for these kills the process, and nothing is printed. */
static long socket_of_i386(int family, int kind) {
  int answer;
  __asm__ volatile("int $0x80" : "=a"(answer) : "a"(359), "b"(family), "c"(kind), "d"(0) : "memory");
  errno = -answer;
  return answer < 0 ? -1 : answer;
}
#endif

static void report(const char *name, long answer) { printf("%s %d\n", name, answer < 0 ? errno : 0); }

int main(void) {
  report("add_key", syscall(SYS_add_key, "user", "name", "value", 5, -2));
  report("keyctl", syscall(SYS_keyctl, 0, -3, 0));
  report("request_key", syscall(SYS_request_key, "user", "name", 0, -2));
  int net = open("/proc/self/ns/net", O_RDONLY);
  report("setns", syscall(SYS_setns, net, 0));
  report("unshare", syscall(SYS_unshare, CLONE_NEWUSER));
  report("clone", syscall(SYS_clone, CLONE_NEWUSER | 17, 0, 0, 0, 0));
  report("bpf", syscall(SYS_bpf, 0, 0, 0));
  report("perf_event_open", syscall(SYS_perf_event_open, 0, 0, -1, -1, 0));
  report("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
  report("open_tree", syscall(SYS_open_tree, -100, "/", 1));
  report("open_by_handle_at", syscall(SYS_open_by_handle_at, 3, 0, 0));
  report("userfaultfd", syscall(SYS_userfaultfd, 0));
  report("io_uring_setup", syscall(SYS_io_uring_setup, 1, 0));
  report("kexec_load", syscall(SYS_kexec_load, 0, 0, 0, 0));
  report("init_module", syscall(SYS_init_module, 0, 0, ""));
  report("reboot", syscall(SYS_reboot, 0, 0, 0, 0));
  report("settimeofday", syscall(SYS_settimeofday, 0, 0));
  report("swapon", syscall(SYS_swapon, "/", 0));
  report("syslog", syscall(SYS_syslog, 10, 0, 0));
  report("vsock", socket(40, SOCK_STREAM, 0));
  report("alg", socket(38, SOCK_SEQPACKET, 0));
  /* Families that docker's profile does not list. */
  report("ax25", socket(3, SOCK_SEQPACKET, 0));
  report("irda", socket(23, SOCK_STREAM, 0));
  report("caif", socket(37, SOCK_STREAM, 0));
  report("later", socket(46, SOCK_STREAM, 0));
  report("personality", syscall(SYS_personality, 0x0040000));
  report("mount", syscall(SYS_mount, "none", "/", "tmpfs", 0, 0));
  report("umount2", syscall(SYS_umount2, "/proc", 2));
  report("pivot_root", syscall(SYS_pivot_root, ".", "."));
  report("move_mount", syscall(SYS_move_mount, -1, "", -1, "", 0));
  report("mount_setattr", syscall(SYS_mount_setattr, -1, "", 0, 0, 0));
  report("quotactl", syscall(SYS_quotactl, 0, 0, 0, 0));
  report("acct", syscall(SYS_acct, 0));
  report("iopl", syscall(SYS_iopl, 3));
  char args[64];
  memset(args, 0, sizeof args);
  report("clone3", syscall(SYS_clone3, args, sizeof args));
#ifdef __x86_64__
  report("x32", syscall(0x40000000 | SYS_keyctl, 0, -3, 0));
  report("x32_vsock", syscall(0x40000000 | SYS_socket, 40, SOCK_STREAM, 0));
  fflush(stdout);
  report("i386_vsock", socket_of_i386(40, SOCK_STREAM));
  report("i386_alg", socket_of_i386(38, SOCK_SEQPACKET));
  report("i386_later", socket_of_i386(46, SOCK_STREAM));
#endif
  return 0;
}
