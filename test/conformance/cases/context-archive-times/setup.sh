python3 -B - <<'end'
from raw_tar import *
dockerfile = open("Dockerfile").read()
write("context.tar", entry("Dockerfile", dockerfile), entry("timed", "a timed one", mtime=b"07346545000\0"))
end
