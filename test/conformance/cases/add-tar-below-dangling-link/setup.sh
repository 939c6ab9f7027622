# The directory that the archive is unpacked in is the root of its links: it has no etc.
python3 -B - <<'end'
from raw_tar import *
write("a.tar", entry("l", type=b"2", link="../../etc"), entry("l/f", "hi"))
end
