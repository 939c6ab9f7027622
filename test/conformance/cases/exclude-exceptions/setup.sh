mkdir -p expect/sub && cp tree/keep.txt tree/b.md expect
