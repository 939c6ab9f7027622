mkdir -p www directory
tar --create --file=www/context.tar --mtime=@1111111111 Dockerfile
tar --append --file=www/context.tar --mtime=@1222222222 directory
gzip www/context.tar
