python3 -B - <<'end'
from raw_tar import *
time = dict(mtime=b"07000000000\0")
write("x.tar", entry("d", type=b"5", mode=b"0000755\0", **time), entry("d/e/f", "a"), entry("d/g", "b"),
      entry("r", type=b"5", mode=b"0000755\0", **time), entry("r", "a file"), entry("t/u", "c"),
      entry("t", type=b"5", mode=b"0000750\0", **time), entry("t/v", "d"))
end
