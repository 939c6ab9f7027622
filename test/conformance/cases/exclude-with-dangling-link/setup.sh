ln -s nothing link
