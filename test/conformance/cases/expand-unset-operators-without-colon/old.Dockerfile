FROM conformance/base:1
ARG empty=
ENV a=default b=[] c= d=alternative
