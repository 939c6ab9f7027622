python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("file", "a"), entry("hard", type=b"1", link="/file"))
end
