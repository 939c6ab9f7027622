echo 1 > f1; echo 2 > f2; tar --owner=0 --group=0 -cf a.tar f1; tar --owner=0 --group=0 -cf b.tar f2; rm f1 f2
