name=$(printf 'n%.0s' $(seq 1 200))
mkdir -p tree/$name/$name && echo deep > tree/$name/$name/$name
ln -s $name/$name/$name tree/link
