mkdir etc && echo inside > etc/passwd
ln -s /etc/passwd link
