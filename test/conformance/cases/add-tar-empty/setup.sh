python3 -B - <<'end'
from raw_tar import *
write("x.tar")
end
