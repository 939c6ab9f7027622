mkdir -p www
cp Dockerfile www/My.Dockerfile
