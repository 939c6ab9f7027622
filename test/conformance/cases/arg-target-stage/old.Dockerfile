FROM conformance/base:1 AS first
ARG TARGETSTAGE
RUN echo first > /x
