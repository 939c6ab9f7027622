FROM conformance/base:1
RUN echo built > /x
