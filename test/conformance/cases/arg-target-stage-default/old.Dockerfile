FROM conformance/base:1 AS only
ARG TARGETSTAGE
RUN echo default > /x
