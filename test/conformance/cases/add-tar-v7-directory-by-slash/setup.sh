python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("d/", type=b"\0", magic=b"", mode=b"0000700\0"), entry("d/a", "a", type=b"\0", magic=b""))
end
