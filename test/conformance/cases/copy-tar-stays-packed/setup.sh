echo x > f; tar --owner=0 --group=0 --mtime='2001-01-01 UTC' --format=ustar -cf a.tar f; rm f
