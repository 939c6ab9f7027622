FROM conformance/base:1
RUN echo from three > /x
