mkdir tree
touch -d '1990-05-05 12:34:56.789 UTC' tree/old
touch -d '1970-01-01 00:00:01 UTC' tree/dawn
