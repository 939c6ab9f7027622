python3 -B - <<'end'
from raw_tar import *
import gzip
write("x.tar", gzip.compress(entry("a", bytes(range(256)) * 40) + b"\0" * 1024, mtime=0)[:-40], end=b"")
end
