python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("hard", type=b"1", link="file"), entry("file", "a"))
end
