mkdir www
