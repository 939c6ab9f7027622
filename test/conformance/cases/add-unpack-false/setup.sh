tar --create --file=x.tar --mtime=@981158400 --owner=0 --group=0 a.txt
