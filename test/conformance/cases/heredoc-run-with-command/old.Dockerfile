FROM conformance/base:1
RUN echo "body $HOME" > /x && echo after >> /x
