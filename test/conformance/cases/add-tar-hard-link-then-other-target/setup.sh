python3 -B - <<'end'
from raw_tar import *
link = lambda name, to: entry(name, type=b"1", link=to)
write("x.tar", entry("f", "old"), link("b", b"f"), link("h", b"f"), entry("f", "new"), link("n", b"f"), link("a", b"h"),
      entry("b", "newer"), entry("d/f", "gone"), link("kept", b"d/f"), entry("d", type=b"2", link=b"a"))
end
