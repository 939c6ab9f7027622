mkdir -p www
tar --create --file=www/src.tar --mtime=@1414141414 Dockerfile
