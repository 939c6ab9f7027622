python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("label", type=b"V", magic=b"ustar  \0", tail=b""), entry("b", "b"))
end
