python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("file", "a"), entry("soft", type=b"2", link="file"), entry("hard", type=b"1", link="soft"))
end
