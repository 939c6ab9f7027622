python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("./", type=b"5", mode=b"0000700\0", uid=b"0000007\0"), entry("./a", "a"))
end
