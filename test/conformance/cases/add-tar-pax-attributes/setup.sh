python3 -B - <<'end'
from raw_tar import *
write("x.tar", pax([("SCHILY.xattr.security.capability", b"\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]), entry("a", "a", mode=b"0000755\0"))
end
