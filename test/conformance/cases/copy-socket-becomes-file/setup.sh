mkdir tree && echo a > tree/a
python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('tree/socket')"
