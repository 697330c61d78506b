# Values between the judge and the program under test, as plain data. Both sides run this file; they are two processes.
#
# A value crosses by its content: None, booleans, numbers, text, bytes, lists, tuples, sets, dictionaries, ranges, and a
# few standard types. An instance of a subclass crosses as its base's value, so that no object with an __eq__ of its own
# ever reaches the judge. Everything else stays where it is and crosses as a number: a handle.
#
#   value = N | T | F | E | i HEX \n | d FLOAT \n | c FLOAT \n FLOAT \n | s SIZE \n BYTES | b SIZE \n BYTES
#         | y SIZE \n BYTES | l COUNT \n value* | t COUNT \n value* | e COUNT \n value* | z COUNT \n value*
#         | m COUNT \n (value value)* | r value value value | n NAME \n | o NAME \n value
#         | h ID \n (my object) | H ID \n (your object)
#   message = SIZE \n BYTES
import os
import sys

MAX_MESSAGE = 1 << 26
MAX_DEPTH = 500
_builtins = sys.modules['builtins'].__dict__


class Closed(BaseException):
    """The other process is gone, or speaks something else."""


def _fraction(x):
    return (x.numerator, x.denominator)


def _timedelta(x):
    return (x.days, x.seconds, x.microseconds)


def _datetime(x):
    return (x.year, x.month, x.day, x.hour, x.minute, x.second, x.microsecond)


# Standard types that cross by value, if no time zone is involved: (module, name) -> arguments of the constructor.
STANDARD = {
    ('decimal', 'Decimal'): lambda x: (str(x),),
    ('fractions', 'Fraction'): _fraction,
    ('datetime', 'timedelta'): _timedelta,
    ('datetime', 'date'): lambda x: (x.year, x.month, x.day),
    ('datetime', 'datetime'): lambda x: _datetime(x) if x.tzinfo is None else None,
    ('datetime', 'time'): lambda x: (x.hour, x.minute, x.second, x.microsecond) if x.tzinfo is None else None,
}


class Encoder:
    """`export(obj)` gives the id of an object that cannot cross; `foreign(obj)` the id of one that came as a handle."""

    def __init__(self, export, foreign):
        self.export = export
        self.foreign = foreign

    def encode(self, value):
        out = []
        self.put(value, out, 0)
        return b''.join(out)

    def put(self, v, out, depth):
        if depth > MAX_DEPTH:
            raise RecursionError('value nested too deeply to be passed on')
        t = type(v)
        if v is None:
            out.append(b'N')
        elif t is bool:
            out.append(b'T' if v else b'F')
        elif t is int:
            out.append(b'i%x\n' % v if v >= 0 else b'i-%x\n' % -v)
        elif t is float:
            out.append(b'd' + float.__repr__(v).encode() + b'\n')
        elif t is str:
            data = v.encode('utf-8', 'surrogatepass')
            out.append(b's%d\n' % len(data))
            out.append(data)
        elif t is list:
            self.put_items(b'l', v, out, depth)
        elif t is tuple:
            self.put_items(b't', v, out, depth)
        elif t is dict:
            out.append(b'm%d\n' % len(v))
            for key, value in v.items():
                self.put(key, out, depth + 1)
                self.put(value, out, depth + 1)
        elif t is set:
            self.put_items(b'e', v, out, depth)
        else:
            self.put_rare(v, t, out, depth)

    def put_items(self, tag, v, out, depth):
        out.append(tag + b'%d\n' % len(v))
        depth += 1
        for item in v:
            self.put(item, out, depth)

    def put_rare(self, v, t, out, depth):
        if t is frozenset:
            self.put_items(b'z', v, out, depth)
        elif t is bytes or t is bytearray:
            out.append((b'b' if t is bytes else b'y') + b'%d\n' % len(v))
            out.append(bytes(v))
        elif t is complex:
            out.append(b'c%s\n%s\n' % (float.__repr__(v.real).encode(), float.__repr__(v.imag).encode()))
        elif t is range:
            out.append(b'r')
            for part in (v.start, v.stop, v.step):
                self.put(part, out, depth + 1)
        elif v is Ellipsis:
            out.append(b'E')
        elif self.foreign(v) is not None:
            out.append(b'H%d\n' % self.foreign(v))
        elif isinstance(v, type) or t is type(len):
            name = getattr(v, '__name__', None)
            if type(name) is str and _builtins.get(name) is v:
                out.append(b'n' + name.encode() + b'\n')
            else:
                out.append(b'h%d\n' % self.export(v))
        else:
            self.put_subclass(v, t, out, depth)

    def put_subclass(self, v, t, out, depth):
        key = (t.__module__, t.__name__)
        if key in STANDARD and getattr(sys.modules.get(key[0]), key[1], None) is t:
            arguments = STANDARD[key](v)
            if arguments is not None:
                out.append(b'o%s.%s\n' % (key[0].encode(), key[1].encode()))
                self.put(arguments, out, depth + 1)
                return
        mro = type.__dict__['__mro__'].__get__(t)
        if int in mro:
            self.put(int.__int__(v), out, depth)
        elif float in mro:
            self.put(float.__float__(v), out, depth)
        elif str in mro:
            self.put(str.__str__(v), out, depth)
        elif list in mro:
            self.put(list(list.__iter__(v)), out, depth)
        elif tuple in mro:
            self.put(tuple(tuple.__iter__(v)), out, depth)
        elif dict in mro:
            self.put(dict(dict.items(v)), out, depth)
        elif set in mro:
            self.put(set(set.__iter__(v)), out, depth)
        elif frozenset in mro:
            self.put(frozenset(frozenset.__iter__(v)), out, depth)
        elif bytes in mro:
            self.put(bytes.__getitem__(v, slice(None)), out, depth)
        elif t.__module__ == 'numpy' and hasattr(v, 'tolist'):
            self.put(v.tolist(), out, depth)
        elif t in (type({}.keys()), type({}.items())):
            self.put(set(v), out, depth)
        else:
            out.append(b'h%d\n' % self.export(v))


class Decoder:
    """`theirs(id)` stands for an object of the other process, `mine(id)` is one of ours that comes back."""

    def __init__(self, theirs, mine):
        self.theirs = theirs
        self.mine = mine

    def decode(self, data):
        self.data = data
        self.at = 0
        try:
            value = self.get(0)
            if self.at != len(data):
                raise Closed('trailing bytes')
            return value
        except (ValueError, IndexError, TypeError, KeyError, OverflowError, UnicodeError, ArithmeticError) as e:
            raise Closed('malformed value: %s' % e) from None

    def line(self):
        end = self.data.index(b'\n', self.at)
        text = self.data[self.at:end]
        self.at = end + 1
        return text

    def count(self):
        n = int(self.line())
        if n < 0 or n > len(self.data):
            raise ValueError('count')
        return n

    def raw(self):
        n = self.count()
        if n > len(self.data) - self.at:
            raise ValueError('size')
        self.at += n
        return self.data[self.at - n:self.at]

    def items(self, depth):
        depth += 1
        return [self.get(depth) for _ in range(self.count())]

    def get(self, depth):
        if depth > MAX_DEPTH:
            raise ValueError('depth')
        tag = self.data[self.at]
        self.at += 1
        if tag == 105:  # i
            return int(self.line(), 16)
        if tag == 115:  # s
            return self.raw().decode('utf-8', 'surrogatepass')
        if tag == 100:  # d
            return float(self.line())
        if tag == 108:  # l
            return self.items(depth)
        if tag == 116:  # t
            return tuple(self.items(depth))
        if tag == 109:  # m
            return {self.get(depth + 1): self.get(depth + 1) for _ in range(self.count())}
        if tag == 78:  # N
            return None
        if tag == 84:  # T
            return True
        if tag == 70:  # F
            return False
        return self.get_rare(chr(tag), depth)

    def get_rare(self, tag, depth):
        if tag == 'e':
            return set(self.items(depth))
        if tag == 'z':
            return frozenset(self.items(depth))
        if tag == 'b':
            return bytes(self.raw())
        if tag == 'y':
            return bytearray(self.raw())
        if tag == 'c':
            return complex(float(self.line()), float(self.line()))
        if tag == 'r':
            return range(self.get(depth + 1), self.get(depth + 1), self.get(depth + 1))
        if tag == 'E':
            return Ellipsis
        if tag == 'n':
            return _builtins[self.line().decode()]
        if tag == 'o':
            module, _, name = self.line().decode().partition('.')
            if (module, name) not in STANDARD:
                raise ValueError('type')
            arguments = self.get(depth + 1)
            return getattr(__import__(module), name)(*arguments)
        if tag == 'h':
            return self.theirs(self.count_of_any())
        if tag == 'H':
            return self.mine(self.count_of_any())
        raise ValueError('tag %r' % tag)

    def count_of_any(self):
        n = int(self.line())
        if not 0 <= n < 1 << 40:
            raise ValueError('handle')
        return n


class Channel:
    """Whole messages over one socket."""

    def __init__(self, fd):
        self.fd = fd
        self.buffer = b''

    def send(self, data):
        view = memoryview(b'%d\n' % len(data) + data)
        try:
            while view:
                view = view[os.write(self.fd, view):]
        except OSError as e:
            raise Closed(str(e)) from None

    def more(self, size):
        try:
            chunk = os.read(self.fd, size)
        except OSError as e:
            raise Closed(str(e)) from None
        if not chunk:
            raise Closed('end of stream')
        return chunk

    def receive(self):
        while b'\n' not in self.buffer:
            if len(self.buffer) > 20:
                raise Closed('no message')
            self.buffer += self.more(65536)
        head, _, rest = self.buffer.partition(b'\n')
        if not head.isdigit() or len(head) > 10 or int(head) > MAX_MESSAGE:
            raise Closed('no message')
        size = int(head)
        parts, have = [rest], len(rest)
        while have < size:
            chunk = self.more(min(size - have, 1 << 20))
            parts.append(chunk)
            have += len(chunk)
        data = b''.join(parts)
        self.buffer = data[size:]
        return data[:size]
