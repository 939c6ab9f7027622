mkdir tree && echo t > tree/target
ln -s tree/target l1
ln -s tree l2
