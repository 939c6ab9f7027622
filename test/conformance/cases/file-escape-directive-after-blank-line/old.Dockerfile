FROM conformance/base:1
RUN touch /a \
  /b
