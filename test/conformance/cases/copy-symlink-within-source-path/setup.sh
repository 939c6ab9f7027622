mkdir -p r/s; echo 1 > r/s/f; ln -s r l; ln -s s r/m; ln -s ../r/s/f r/lf
