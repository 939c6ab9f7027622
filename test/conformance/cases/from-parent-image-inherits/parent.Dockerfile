FROM conformance/base:1
ENV a=1
USER web
WORKDIR /w
ENTRYPOINT ["e"]
CMD ["c"]
