python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("d", type=b"5", size=b"00000001000\0", mode=b"0000755\0"), entry("d/a", "a"))
end
