/* Resets its parent-death signal, and keeps running. */
#include <sys/prctl.h>
#include <unistd.h>

int main(void) {
  if (prctl(PR_SET_PDEATHSIG, 0) != 0) return 1;
  write(1, "ready\n", 6);
  for (;;) pause();
}
