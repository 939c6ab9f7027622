python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("a/../b", "b"), entry("./c", "c"), entry("d//e", "e"))
end
