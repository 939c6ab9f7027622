mkdir directory
ln -s nowhere link
tar --create --file=context.tar --mtime=@1000000001.75 --format=pax Dockerfile
tar --append --file=context.tar --mtime=@1555555555 --format=pax directory link
