FROM conformance/base:1
ARG file=foobarbaz
ARG path=/usr/local/lib/x.tar.gz
ENV a=arbaz b=az c=foobar d=foo e=x.tar.gz f=/usr/local/lib/x.tar g=/usr/local/lib/x
ENV h=fooforbaz i=fooforfoz j=foo-baz k=foobarbaz
