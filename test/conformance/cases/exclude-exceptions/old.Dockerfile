FROM conformance/base:1
COPY expect /x
