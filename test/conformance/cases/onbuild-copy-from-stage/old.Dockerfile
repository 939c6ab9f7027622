FROM conformance/base:1 AS parent
FROM conformance/base:1 AS source
RUN echo a > /a
FROM parent
COPY --from=source /a /b
