mkdir tree && ln -s elsewhere tree/sub
