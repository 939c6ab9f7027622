python3 -B - <<'end'
from raw_tar import *
dockerfile = open("Dockerfile").read()
write("context.tar", entry("Dockerfile", dockerfile), entry("a", "a", uid=b"0000007\0", gid=b"0000010\0"))
end
