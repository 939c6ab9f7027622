FROM conformance/base:1
RUN true
RUN echo 1 > /x
