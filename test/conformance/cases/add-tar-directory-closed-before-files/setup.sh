python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("d", type=b"5", mode=b"0000500\0"), entry("d/a", "a", mode=b"0000400\0"))
end
