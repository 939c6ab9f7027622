python3 -B - <<'end'
from raw_tar import *
import gzip
write("x.tar", gzip.compress(entry("a", "a") + b"\0" * 1024, mtime=0), end=b"\0" * 512)
end
