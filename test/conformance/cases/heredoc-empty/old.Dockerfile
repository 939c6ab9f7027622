FROM conformance/base:1
RUN : > /empty
