python3 -B - <<'end'
from raw_tar import *
write("x.tar", end=b"\0" * 10240)
end
