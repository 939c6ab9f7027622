python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("a/../../x/in", "in"))
end
