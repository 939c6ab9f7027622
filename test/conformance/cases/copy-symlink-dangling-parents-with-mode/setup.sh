tar -cf a.tar --owner=0 --group=0 --mtime=@981158400 tree
