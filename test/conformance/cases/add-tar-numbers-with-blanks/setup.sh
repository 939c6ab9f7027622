python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("a", "a", mode=b"   644 \0", uid=b"     7 \0", gid=b"\0" * 8, size=b"          1 ", mtime=b"7305041400  "))
end
