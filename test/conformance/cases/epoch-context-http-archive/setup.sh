mkdir -p www
tar --create --file=www/context.tar --mtime=@1111111111 --owner=7 --group=8 --mode=u=rw,go=r Dockerfile
touch --date=@1234567890 www/context.tar
