FROM conformance/base:1
RUN echo builder.example > /x
