mkdir d link; echo new > d/f; echo l > link/x; tar --owner=0 --group=0 -cf a.tar d link; rm -r d link
