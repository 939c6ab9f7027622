FROM conformance/base:1
RUN mkdir /dir && echo 1 > /dir/one.txt && echo 2 > /dir/two.txt
