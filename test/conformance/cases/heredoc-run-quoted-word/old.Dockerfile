FROM conformance/base:1
RUN echo 1 > /x
