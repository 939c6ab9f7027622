python3 -B - <<'end'
from raw_tar import *
write("a.tar", entry("l/directory/f", "hi"))
end
