FROM conformance/base:1
COPY x /out/x/
COPY deep/down/c.txt /pivot/down/
