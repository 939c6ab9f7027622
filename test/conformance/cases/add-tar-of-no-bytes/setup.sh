PYTHONPATH="$(dirname "${BASH_SOURCE[0]}")/../.." python3 -B - <<'end'
from raw_tar import *
write("x.tar", end=b"")
end
