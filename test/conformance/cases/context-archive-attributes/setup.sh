python3 -B - <<'end'
from raw_tar import *
dockerfile = open("Dockerfile").read()
write("context.tar", entry("Dockerfile", dockerfile), pax([("SCHILY.xattr.user.note", "hello")]), entry("a", "a"))
end
