FROM conformance/base:1
RUN printf 'from b\nfrom c\n' > /x
