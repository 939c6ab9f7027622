long=$(printf 'x%.0s' $(seq 1 66000)); printf 'FROM conformance/base:1\nLABEL long=%s\n' $long > Dockerfile
