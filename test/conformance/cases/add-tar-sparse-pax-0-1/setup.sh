for at in 0 100000 200000 300000 400000 500000 600000; do printf "data at $at" | dd of=holes bs=1 seek=$at conv=notrunc status=none; done
truncate -s 1000000 holes
truncate -s 300000 empty
printf end | dd of=start bs=1 seek=200000 status=none
echo plain > plain
chmod 640 holes
tar --create --file=x.tar --sparse --hole-detection=raw --format=pax --sparse-version=0.1 --owner=0 --group=0 --mtime=@981158400 holes empty start plain
rm holes empty start plain
