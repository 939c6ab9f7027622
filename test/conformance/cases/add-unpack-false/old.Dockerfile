FROM conformance/base:1
COPY x.tar /x/
