python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("a", "a"), entry("b", "b" * 2000)[:1024], end=b"")
end
