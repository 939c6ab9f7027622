mkdir -p www
tar --create --file=www/context.tar --mtime=@981158400 --owner=7 --group=8 --mode=u=rw,go=r Dockerfile a.txt
