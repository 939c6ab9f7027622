python3 -B - <<'end'
from raw_tar import *
import gzip
write("x.tar", gzip.compress(b"\0" * 1024, mtime=0), end=b"")
end
