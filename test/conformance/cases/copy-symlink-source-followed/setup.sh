mkdir tree && echo t > tree/target
ln -s tree/target link
ln -s tree dirlink
