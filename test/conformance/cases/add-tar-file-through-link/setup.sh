python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("l", type=b"2", link="d"), entry("d", type=b"5", mode=b"0000755\0"), entry("l/a", "a"))
end
