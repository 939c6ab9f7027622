python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("/abs", "a"), entry("/d", type=b"5", mode=b"0000700\0"), entry("/d/e", "e"), entry("//twice", "t"))
end
