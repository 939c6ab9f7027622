FROM conformance/base:1
RUN echo /dev/pipes/absolute > /a
RUN echo /dev/pipes/slash > /b
