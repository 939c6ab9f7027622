FROM conformance/base:1
ARG ORIGIN
ADD local.tar /x/
