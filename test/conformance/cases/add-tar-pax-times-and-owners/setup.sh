python3 -B - <<'end'
from raw_tar import *
write("x.tar", pax([("mtime", "981158400.987654321"), ("uid", "100000"), ("gid", "200000"), ("uname", "web"), ("gname", "staff")]), entry("a", "a"),
      pax([("mtime", "-5.5")]), entry("b", "b"))
end
