mkdir d; echo 1 > d/f1; tar --owner=7 --group=8 -cf a.tar d; rm -r d
