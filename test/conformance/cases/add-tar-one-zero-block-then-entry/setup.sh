python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("a", "a"), b"\0" * 512, entry("b", "b"))
end
