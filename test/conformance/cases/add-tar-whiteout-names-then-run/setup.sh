python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("etc/.wh.group", ""), entry("etc/other", "n"))
end
