FROM conformance/base:1
ENTRYPOINT ["e"]
CMD ["c"]
