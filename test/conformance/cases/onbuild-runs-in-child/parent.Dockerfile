FROM conformance/base:1
WORKDIR /work
ONBUILD COPY hello.txt .
ONBUILD RUN echo trigger >> /log
ONBUILD ENV TRIGGERED=yes
