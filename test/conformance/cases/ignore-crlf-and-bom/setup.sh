printf '\xef\xbb\xbfa.txt\r\nb.txt\r\nDockerfile\r\n.dockerignore\r\n' > .dockerignore
