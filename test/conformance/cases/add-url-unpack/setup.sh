tar -C www --create --file=www/inner.tar --mtime=@981158400 --owner=0 --group=0 --mode=644 a.txt
cp www/inner.tar local.tar
