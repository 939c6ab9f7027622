mkdir t && echo x > t/f && tar -C t --owner=0 --group=0 -czf named.txt f && rm -r t && : > empty.tar
