python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("a", "a"), entry("b", "b")[:300], end=b"")
end
