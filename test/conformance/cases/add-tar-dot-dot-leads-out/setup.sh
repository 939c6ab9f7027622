python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("a", "a"), entry("../../up", "up"))
end
