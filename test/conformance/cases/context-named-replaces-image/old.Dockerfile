FROM conformance/base:1
RUN touch /x
