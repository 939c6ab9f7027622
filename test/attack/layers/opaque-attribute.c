#include <sys/xattr.h>

/* Marks a directory in each way that some overlay mounts take for hiding what is below it. */
int main(int count, char **words) {
  if (count < 2) return 1;
  setxattr(words[1], "trusted.overlay.opaque", "y", 1, 0);
  setxattr(words[1], "user.overlay.opaque", "y", 1, 0);
  return 0;
}
