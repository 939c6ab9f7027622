mkdir tree && echo a > tree/a
python3 -c 'import os; os.setxattr("tree/a", "user.colour", b"green"); os.setxattr("tree", "user.dir", b"yes")'
