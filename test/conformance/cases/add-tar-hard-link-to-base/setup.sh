python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("x/hard", type=b"1", link="etc/group"))
end
