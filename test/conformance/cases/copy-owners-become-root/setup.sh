mkdir tree && touch tree/f file && chown -R 1000:1000 tree file
