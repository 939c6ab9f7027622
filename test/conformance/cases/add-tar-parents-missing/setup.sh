python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("p/q/a", "a", uid=b"0000007\0", gid=b"0000010\0"))
end
