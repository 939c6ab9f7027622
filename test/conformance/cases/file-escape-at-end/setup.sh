truncate -s -1 Dockerfile
