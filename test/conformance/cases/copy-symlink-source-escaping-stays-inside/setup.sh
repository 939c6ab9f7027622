echo inside > file
ln -s ../../../../../../file link
