mkdir d; mknod d/c c 1 3; mkfifo d/p; tar --owner=0 --group=0 -cf a.tar d; rm -r d
