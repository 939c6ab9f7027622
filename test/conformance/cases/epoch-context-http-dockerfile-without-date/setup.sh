mkdir -p www
cp Dockerfile www/
