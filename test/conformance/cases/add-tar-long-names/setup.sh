n=$(printf 'n%.0s' $(seq 1 180)); mkdir -p $n/$n; echo x > $n/$n/$n; ln -s $n/$n/$n l
tar --format=gnu --owner=0 --group=0 -cf gnu.tar $n l; tar --format=pax --owner=0 --group=0 -cf pax.tar $n l; rm -r $n l
