python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("b", "b"), entry("z", "zz", b"Z"))
end
