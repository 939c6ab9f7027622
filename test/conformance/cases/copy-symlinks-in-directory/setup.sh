mkdir tree && echo t > tree/target
ln -s target tree/good
ln -s /absolute/nowhere tree/dangling
ln -s .. tree/up
ln -s tree elsewhere
