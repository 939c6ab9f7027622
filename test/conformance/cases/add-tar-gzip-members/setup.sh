python3 -B - <<'end'
from raw_tar import *
import gzip
whole = entry("a", "a") + entry("b", "b") + b"\0" * 1024
write("x.tar", gzip.compress(whole[:700], mtime=0), gzip.compress(whole[700:], mtime=0), end=b"")
end
