python3 -B - <<'end'
from raw_tar import *
bad = bytearray(entry("b", "b")); bad[0] = 0x63
write("x.tar", entry("a", "a"), bytes(bad))
end
