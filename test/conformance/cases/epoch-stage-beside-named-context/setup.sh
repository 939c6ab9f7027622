mkdir -p www
echo text > www/file.txt
touch --date=@1313131313 www/file.txt
