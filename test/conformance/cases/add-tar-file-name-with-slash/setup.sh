python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("f/", "a"), entry("g", "b"))
end
