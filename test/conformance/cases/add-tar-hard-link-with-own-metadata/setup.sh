python3 -B - <<'end'
from raw_tar import *
own = dict(type=b"1", mode=b"0004751\0", uid=b"0000012\0", gid=b"0000034\0", mtime=b"07000000000\0")
write("x.tar", entry("f", "a"), entry("h", link=b"f", **own), entry("soft", type=b"2", link=b"f"),
      entry("softer", link=b"soft", **own), entry("m", "b"), entry("k", type=b"1", link=b"m"), entry("l", link=b"k", **own))
end
