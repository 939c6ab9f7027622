mkdir -m 777 t; echo x > t/f; tar -C t --owner=5 --group=5 -cf a.tar .; rm -r t
