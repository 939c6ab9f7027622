mkdir tree && mkfifo tree/pipe && echo a > tree/a
