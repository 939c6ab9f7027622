mkdir d && echo a > d/a && ln -s a d/link && ln d/a d/hard
tar --create --file=x.tar --format=v7 --owner=7 --group=8 --mtime=@981158400 d
rm -r d
