python3 -B - <<'end'
from raw_tar import *
dockerfile = open("Dockerfile").read()
write("context.tar", entry("sub/My.Dockerfile", "FROM conformance/base:1\nCOPY a /from-sub\n"), entry("a", "a"))
end
