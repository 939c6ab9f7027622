python3 -B - <<'end'
from raw_tar import *
dockerfile = open("Dockerfile").read()
write("context.tar", entry("Dockerfile", dockerfile), entry("a", "a", uid=b"0000007\0", gid=b"0000010\0", mode=b"0000640\0"), entry("d", type=b"5", uid=b"0000007\0", mode=b"0000750\0"), entry("d/b", "b", uid=b"0000011\0"))
end
