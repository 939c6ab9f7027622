FROM scratch
COPY other/a.txt /x
