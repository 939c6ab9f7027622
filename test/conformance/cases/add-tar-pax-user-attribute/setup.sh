python3 -B - <<'end'
from raw_tar import *
write("x.tar", pax([("SCHILY.xattr.user.note", "hello")]), entry("a", "a"))
end
