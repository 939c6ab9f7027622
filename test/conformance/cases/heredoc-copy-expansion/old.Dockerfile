FROM conformance/base:1
ARG name=world
RUN printf '%s\n' "hello world \$name \"quoted\" 'single world' default" > /expanded
RUN printf '%s\n' 'hello $name \$name' > /literal
RUN printf 'one\ntwo\n' > /tabs
