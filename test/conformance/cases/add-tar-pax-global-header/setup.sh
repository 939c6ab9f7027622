python3 -B - <<'end'
from raw_tar import *
write("x.tar", pax([("comment", "0123456789abcdef"), ("mtime", "1000000"), ("uid", "77"), ("path", "elsewhere")], b"g"), entry("a", "a"),
      pax([("mtime", "2000000.5")]), entry("b", "b"))
end
