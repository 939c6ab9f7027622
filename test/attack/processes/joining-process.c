// Inspects all other processes repeatedly, and prints each that runs a program of the host, with its open files.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **words) {
  char path[512], link[512];
  FILE *seen = fopen("/seen", "w");
  for (;;) {
    DIR *processes = opendir("/proc");
    for (struct dirent *entry; (entry = readdir(processes));) {
      if (strspn(entry->d_name, "0123456789") == 0 || atoi(entry->d_name) == getpid()) continue;
      snprintf(path, sizeof path, "/proc/%s/exe", entry->d_name);
      ssize_t length = readlink(path, link, sizeof link - 1);
      if (length <= 0) continue;
      link[length] = 0;
      if (strstr(link, "sandbox") || strstr(link, "memfd") || strstr(link, "binary")) fprintf(seen, "%s\n", link), fflush(seen);
    }
    closedir(processes);
  }
}
