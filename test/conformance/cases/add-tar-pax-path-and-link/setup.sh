python3 -B - <<'end'
from raw_tar import *
write("x.tar", pax([("path", "\u00e9" * 120)]), entry("a", "a"), pax([("path", "link"), ("linkpath", "t" * 200)]), entry("b", type=b"2", link="c"))
end
