echo 1 > f; chmod 640 f; mkdir d; echo 1 > d/x; chmod 755 d/x
