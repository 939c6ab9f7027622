FROM conformance/base:1
RUN mkdir /d && cd /d && for name in above higher absolute dot b c; do echo $name > $name; done
RUN echo one > /two
