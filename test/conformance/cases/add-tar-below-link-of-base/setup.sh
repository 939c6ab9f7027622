python3 -B - <<'end'
from raw_tar import *
write("a.tar", entry("l/new/f", "hi"))
end
