/* swapped-mount-points DIRECTORY COUNT TARGET: replaces DIRECTORY/0, DIRECTORY/1, … with links to TARGET as soon as
   another process creates them. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXCHANGE 2

int main(int count, char **words) {
  if (count != 4 || chdir(words[1]) != 0) return 2;
  puts("ready");
  fflush(stdout);
  for (int number = 0; number < atoi(words[2]); number++) {
    char name[16], trap[16];
    sprintf(name, "%d", number);
    sprintf(trap, "trap%d", number);
    if (symlink(words[3], trap) != 0) return 2;
    while (syscall(SYS_renameat2, AT_FDCWD, name, AT_FDCWD, trap, EXCHANGE) != 0) {}
  }
  puts("done");
  return 0;
}
