python3 -B - <<'end'
from raw_tar import *
dockerfile = open("Dockerfile").read()
import gzip
write("context.tar", gzip.compress(entry("Dockerfile", dockerfile) + entry("a", "a") + b"\0" * 1024, mtime=0), end=b"")
end
