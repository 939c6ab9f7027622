python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("a", "a"), entry("b", "b" * 20)[:-100], end=b"")
end
