/* Tries to reach the root below its own: by climbing out of a chroot, and by unmounting its root. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define OF_THE_JOB "/usr/bin/env"

static void look(const char *way, int outcome) {
  const char *how = outcome == 0 ? "done" : strerror(errno);
  const char *found = access(OF_THE_JOB, F_OK) == 0 ? "is outside" : "is inside";
  printf("%s: %s, %s\n", way, how, found);
}

static int climb(void) {
  int root = open("/", O_RDONLY | O_DIRECTORY);
  mkdir("/jail", 0755);
  if (root < 0 || chroot("/jail") != 0 || fchdir(root) != 0) return -1;
  for (int step = 0; step < 100; step++)
    if (chdir("..") != 0) return -1;
  return chroot(".");
}

static int join_own_mounts(void) {
  int own = open("/proc/self/ns/mnt", O_RDONLY);
  return own < 0 ? -1 : setns(own, CLONE_NEWNS);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  look("climb", climb());
  look("join", join_own_mounts());
  look("detach", umount2("/", MNT_DETACH));
  look("unshare", unshare(CLONE_NEWUSER | CLONE_NEWNS));
  look("detach again", umount2("/", MNT_DETACH));
  look("join again", join_own_mounts());
  return 0;
}
