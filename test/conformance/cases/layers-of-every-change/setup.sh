python3 -B - <<'end'
from raw_tar import *
capability = b"\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
write("tool.tar", pax([("SCHILY.xattr.security.capability", capability)]), entry("tool", "tool", mode=b"0000755\0"))
end
