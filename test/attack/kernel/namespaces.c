// Tries to enter every namespace that can be seen, by name and by descriptor; prints what was entered.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
  char path[512];
  for (int fd = 0; fd < 256; fd++) {
    if (setns(fd, 0) == 0) printf("entered descriptor %d\n", fd);
  }
  DIR *processes = opendir("/proc");
  for (struct dirent *entry; (entry = readdir(processes));) {
    if (strspn(entry->d_name, "0123456789") == 0 && strcmp(entry->d_name, "self") != 0) continue;
    const char *kinds[] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"};
    for (int kind = 0; kind < 7; kind++) {
      snprintf(path, sizeof path, "/proc/%s/ns/%s", entry->d_name, kinds[kind]);
      int fd = open(path, O_RDONLY | O_CLOEXEC);
      if (fd >= 0 && setns(fd, 0) == 0) printf("entered %s\n", path);
    }
  }
  puts("tried");
  return 0;
}
