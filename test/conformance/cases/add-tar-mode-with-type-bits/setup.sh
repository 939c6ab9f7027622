python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("a", "a", mode=b"0104755\0"), entry("d", type=b"5", mode=b"0041777\0"))
end
