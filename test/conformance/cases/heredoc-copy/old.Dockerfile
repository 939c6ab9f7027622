FROM conformance/base:1
RUN echo hello > /greeting
