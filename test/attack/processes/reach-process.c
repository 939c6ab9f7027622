// Tries every way into a process, and prints each that succeeds.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int main(int count, char **words) {
  pid_t pid = atoi(words[1]);
  char path[64], byte;
  const char *kinds[] = {"mnt", "net", "ipc", "uts", "user", "pid", "cgroup"};
  for (int i = 0; i < 7; i++) {
    snprintf(path, sizeof path, "/proc/%d/ns/%s", pid, kinds[i]);
    int fd = open(path, O_RDONLY);
    if (fd >= 0 && setns(fd, 0) == 0) printf("setns %s\n", kinds[i]);
  }
  int pidfd = syscall(SYS_pidfd_open, pid, 0);
  if (pidfd >= 0 && setns(pidfd, CLONE_NEWNS) == 0) printf("setns pidfd\n");
  if (pidfd >= 0 && syscall(SYS_pidfd_getfd, pidfd, 0, 0) >= 0) printf("pidfd_getfd\n");
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  if (open(path, O_RDWR) >= 0) printf("mem\n");
  struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
  if (process_vm_readv(pid, &here, 1, &there, 1, 0) == 1) printf("process_vm_readv\n");
  if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0) printf("ptrace\n");
  return 0;
}
