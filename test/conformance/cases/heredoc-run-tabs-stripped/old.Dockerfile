FROM conformance/base:1
RUN echo one > /x; echo two >> /x
