FROM conformance/base:1
ARG TARGETSTAGE
RUN echo default > /x
