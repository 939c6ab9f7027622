FROM conformance/base:1
RUN mkdir -m 700 /d
COPY --chmod=600 a.txt /d/a
