long=$(printf 'x%.0s' $(seq 1 60000)); sed -i "s/REPLACED/$long/" Dockerfile
