"""Archives in any dialect, valid or not: nothing is checked."""


def entry(name, data=b"", type=b"0", mode=b"0000644\0", link=b"", uid=b"0000000\0", gid=b"0000000\0", size=None,
          mtime=b"07305041400\0", magic=b"ustar\x0000", prefix=b"", tail=None, devmajor=b"0000000\0"):
    """One header with its data; numbers are passed as the bytes of their fields. The time is 2001-02-03."""
    data = data.encode() if isinstance(data, str) else data
    name = name.encode() if isinstance(name, str) else name
    link = link.encode() if isinstance(link, str) else link
    size = b"%011o\0" % len(data) if size is None else size
    block = (name.ljust(100, b"\0") + mode + uid + gid + size + mtime + b" " * 8 + type + link.ljust(100, b"\0")
             + magic.ljust(8, b"\0") + b"\0" * 64 + devmajor + b"0000000\0" + prefix.ljust(155, b"\0") + b"\0" * 12)
    if tail is not None:  # GNU's additional fields replace the prefix of POSIX
        block = block[:345] + tail.ljust(167, b"\0")
    assert len(block) == 512, len(block)
    block = block[:148] + b"%06o\0 " % sum(block) + block[156:]
    return block + data + b"\0" * (-len(data) % 512)


def pax(records, type=b"x"):
    """An extended header."""
    lines = b""
    for key, value in records:
        value = value if isinstance(value, bytes) else str(value).encode()
        body = b" " + key.encode() + b"=" + value + b"\n"
        length = len(body) + len(str(len(body) + len(str(len(body)))))
        lines += str(length).encode() + body
    return entry("pax", lines, type)


def write(path, *parts, end=b"\0" * 1024):
    with open(path, "wb") as file:
        file.write(b"".join(parts) + end)


def base256(value, width):
    """A number in GNU's binary form, for values too large for octal."""
    return (value & ((1 << 8 * width) - 1) | 1 << 8 * width - 1).to_bytes(width, "big")
