python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("a", "a", b"7"), entry("b", "b"))
end
