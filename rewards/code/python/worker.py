# The program under test: loads the candidate's code and does what the judge asks, one request after another.
# Nothing here is trusted by the judge: this process may lie about its own values, but it sees no expected ones.
#   request = (operation, ...)     reply = ('value', v, changed arguments or None) | ('raise', type name, arguments, text)
class Worker:
    def __init__(self, fd, path):
        self.channel = Channel(fd)
        self.objects = []
        self.encoder = Encoder(self.export, lambda v: v._hone_id if type(v) is Foreign else None)
        self.decoder = Decoder(lambda number: Foreign(self, number), lambda number: self.objects[number])
        self.path = path
        self.module = type(sys)('candidate')

    def export(self, obj):
        self.objects.append(obj)
        return len(self.objects) - 1

    def load(self):
        with open(self.path, encoding='utf-8', errors='surrogateescape') as file:
            source = file.read()
        sys.modules['candidate'] = self.module
        exec(compile(source, 'candidate.py', 'exec'), self.module.__dict__)

    def lookup(self, name):
        if name not in self.module.__dict__:
            return ('missing',)
        value = self.module.__dict__[name]
        if isinstance(value, type(sys)):
            return ('module', value.__name__)
        origin = getattr(value, '__module__', None)
        if type(origin) is str and origin != 'candidate' and getattr(sys.modules.get(origin), name, None) is value:
            return ('import', origin)
        return ('value', value, isinstance(value, type))

    def perform(self, operation, arguments):
        if operation == 'call':
            function, positional, named = arguments
            before = self.encoder.encode(positional) if any(type(a) in MUTABLE for a in positional) else None
            result = function(*positional, **named)
            changed = None
            if result is None and before is not None and self.encoder.encode(positional) != before:
                changed = positional
            return result, changed
        if operation == 'items':  # up to that many items of an iterator; fewer = it has ended
            iterator, limit = arguments
            items = []
            for item in iterator:
                items.append(item)
                if len(items) == limit:
                    break
            return items, None
        return OPERATIONS[operation](*arguments), None

    def answer(self, request):
        operation, *arguments = request
        try:
            if operation == 'load':
                reply = ('value', self.load(), None)
            elif operation == 'lookup':
                reply = ('value', self.lookup(*arguments), None)
            else:
                reply = ('value',) + self.perform(operation, arguments)
            return self.encoder.encode(reply)
        except Closed:
            raise
        except BaseException as e:
            return self.failure(e)

    def failure(self, e):
        name = next((c.__name__ for c in type(e).__mro__ if _builtins.get(c.__name__) is c), 'Exception')
        try:
            text = str(e)[:500]
        except BaseException:
            text = ''
        arguments = tuple(a for a in getattr(e, 'args', ()) if type(a) in (str, int, float, bool, type(None)))
        return self.encoder.encode(('raise', name, arguments, type(e).__name__ + (': ' + text if text else '')))

    def ask(self, *request):
        """Asks the judge for a call of a function that a test has passed in."""
        self.channel.send(self.encoder.encode(('back',) + request))
        return self.serve()

    def serve(self):
        while True:
            request = self.decoder.decode(self.channel.receive())
            if request[0] == 'back':
                if request[1] == 'value':
                    return request[2]
                raise _builtins.get(request[2], Exception)(*request[3])
            self.channel.send(self.answer(request))


class Foreign:
    """An object of the judge's that a test has passed in: its public face only."""

    def __init__(self, worker, number):
        self.__dict__['_hone_worker'] = worker
        self.__dict__['_hone_id'] = number

    def __call__(self, *positional, **named):
        return self._hone_worker.ask('call', self, positional, named)

    def __getattr__(self, name):
        if name.startswith('_'):
            raise AttributeError(name)
        return self._hone_worker.ask('getattr', self, name)

    def __setattr__(self, name, value):
        self._hone_worker.ask('setattr', self, name, value)


MUTABLE = (list, dict, set, bytearray)
OPERATIONS = {
    'getattr': getattr, 'setattr': setattr, 'iter': iter, 'len': len, 'bool': bool, 'str': str, 'repr': repr,
    'getitem': lambda o, k: o[k], 'setitem': lambda o, k, v: o.__setitem__(k, v), 'delitem': lambda o, k: o.__delitem__(k),
    'eq': lambda a, b: bool(a == b), 'lt': lambda a, b: bool(a < b), 'le': lambda a, b: bool(a <= b),
    'enter': lambda o: type(o).__enter__(o), 'exit': lambda o: type(o).__exit__(o, None, None, None),
}


def main():
    sys.path[:] = [p for p in sys.path if p != '/box']
    try:
        Worker(3, sys.argv[1]).serve()
    except BaseException:
        pass
    os._exit(0)


main()
