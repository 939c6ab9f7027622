python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("././@LongLink", b"l" * 150 + b"\0", b"K"), entry("././@LongLink", b"d/" + b"n" * 150 + b"\0", b"L"),
      entry("short", type=b"2", link="short", magic=b"ustar  \0", tail=b""))
end
