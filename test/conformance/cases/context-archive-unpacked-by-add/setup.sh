python3 -B - <<'end'
from raw_tar import *
dockerfile = open("Dockerfile").read()
write("context.tar", entry("Dockerfile", dockerfile), entry("inner.tar", entry("q", "q") + b"\0" * 1024))
end
