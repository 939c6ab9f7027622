FROM conformance/base:1
ARG ORIGIN
ADD $ORIGIN/a.txt /x/
