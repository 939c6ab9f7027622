python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("big", "a", uid=base256(3000000, 8), gid=base256(4000000, 8), mtime=base256(900000000, 12), size=base256(1, 12), magic=b"ustar  \0", tail=b""),
      entry("old", "b", mtime=base256(-1000, 12), magic=b"ustar  \0", tail=b""))
end
