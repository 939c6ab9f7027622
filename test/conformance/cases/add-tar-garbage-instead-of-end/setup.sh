python3 -B - <<'end'
from raw_tar import *
write("x.tar", entry("a", "a"), end=b"garbage" * 200)
end
