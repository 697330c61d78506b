# The judge of function tests: runs the tests, which are trusted, against a candidate in another process. The tests see
# the candidate's functions as Remote objects; every value that comes back is plain data. Results go over a pipe that the
# candidate does not have.
#   tests document = {token, setup, prompt, tests: [code], entry_point, stop_early}
#   report = "TOKEN INDEX pass\n" | "TOKEN INDEX wrong|error|gone DETAIL\n" ... "TOKEN end COUNT\n"
# Tests that pass without ever using the candidate are no tests: then the report ends with "TOKEN unused\n".
class CandidateExit(BaseException):
    """The candidate called exit() or raised something that is no Exception."""


class Judge:
    def __init__(self, socket, report):
        self.channel = Channel(socket)
        self.report = report
        self.objects = []
        self.remotes = {}
        self.gone = None
        self.uses = 0
        self.encoder = Encoder(self.export, lambda v: v._hone_id if type(v) is Remote else None)
        self.decoder = Decoder(self.remote, lambda number: self.objects[number])

    def export(self, obj):
        self.objects.append(obj)
        return len(self.objects) - 1

    def remote(self, number):
        if number not in self.remotes:
            self.remotes[number] = Remote(self, number)
        return self.remotes[number]

    def ask(self, *request):
        if self.gone is not None:
            raise Closed(self.gone)
        self.uses += request[0] not in ('load', 'lookup')
        data = self.encoder.encode(request)
        try:
            self.channel.send(data)
            while True:
                reply = self.decoder.decode(self.channel.receive())
                if type(reply) is not tuple or not reply:
                    raise Closed('malformed reply')
                if reply[0] == 'back':
                    self.channel.send(self.answer_back(reply))
                    continue
                if reply[0] == 'value' and len(reply) == 3:
                    return reply
                if reply[0] == 'raise' and len(reply) == 4 and type(reply[1]) is str and type(reply[2]) is tuple:
                    break
                raise Closed('malformed reply')
        except Closed as e:
            self.gone = str(e)
            raise
        self.fail(*reply[1:])

    def fail(self, name, arguments, text):
        kind = _builtins.get(name)
        if not (isinstance(kind, type) and issubclass(kind, Exception)):
            raise CandidateExit(str(text)[:500])
        try:
            error = kind(*arguments)
        except Exception:
            error = Exception(str(text)[:500])
        error._hone_remote = str(text)[:500]
        raise error

    def answer_back(self, request):
        """The candidate uses an object that a test gave it: call it, or reach a public attribute of a test's own class."""
        try:
            operation, target = request[1], request[2]
            kind = type(target)
            own = getattr(kind, '__module__', None) == 'tests' and isinstance(kind, type)
            if operation == 'call' and callable(target):
                value = target(*request[3], **request[4])
            elif operation == 'getattr' and own and type(request[3]) is str and not request[3].startswith('_'):
                value = getattr(target, request[3])
            elif operation == 'setattr' and own and type(request[3]) is str and not request[3].startswith('_'):
                value = setattr(target, request[3], request[4])
            else:
                raise AttributeError('not available')
            return self.encoder.encode(('back', 'value', value))
        except Closed:
            raise
        except Exception as e:
            name = type(e).__name__ if _builtins.get(type(e).__name__) is type(e) else 'Exception'
            arguments = tuple(a for a in e.args if type(a) in (str, int, float))
            return self.encoder.encode(('back', 'raise', name, arguments))

    # ---- names ----

    def bind(self, names, space, entry_point):
        """Gives the tests those names that they do not define themselves. Neither a builtin nor a standard module can be
        replaced by the candidate, except by the very name of the function under test."""
        found = False
        later = []
        for name in names:
            if name in space or name.startswith('__'):
                continue
            if name == entry_point:
                found |= self.bind_candidate(name, space)
            elif name in _builtins:
                later.append(name)
            elif name in TRUSTED:
                space[name] = __import__(name)
            else:
                found |= self.bind_candidate(name, space)
        if entry_point is None and not found:
            for name in later:
                self.bind_candidate(name, space)

    def bind_candidate(self, name, space):
        answer = self.ask('lookup', name)[1]
        if type(answer) is not tuple or not answer:
            return False
        if answer[0] == 'value' and len(answer) == 3:
            space[name] = answer[1]
            self.uses += type(answer[1]) is not Remote
            return type(answer[1]) is Remote
        if answer[0] == 'import' and len(answer) == 2 and answer[1] in TRUSTED:
            value = getattr(__import__(answer[1]), name, None)
            if value is not None:
                space[name] = value
        elif answer[0] == 'module' and len(answer) == 2 and (name, answer[1]) in ALIASES:
            space[name] = __import__(answer[1])
        return False

    # ---- tests ----

    def say(self, token, *words):
        line = ' '.join((token,) + words).replace('\n', ' ')[:600] + '\n'
        data = line.encode('utf-8', 'replace')
        while data:
            data = data[os.write(self.report, data):]

    def run(self, plan):
        token = plan['token']
        tests = plan['tests']
        space = {'__name__': 'tests', '__builtins__': _builtins}
        entry_point = plan['entry_point'] or None
        ended = self.attempt(lambda: self.ask('load'))
        if ended is None:
            ended = self.attempt(lambda: self.prepare(plan, tests, space, entry_point))
        reported = passed = 0
        for index, test in enumerate(tests):
            result = ended or self.attempt(lambda: exec(compile(test, 'tests.py', 'exec'), space))
            if self.gone is not None:
                result = ('gone', self.gone)
            self.say(token, str(index), *(result or ('pass',)))
            reported += 1
            passed += not result
            if result and plan['stop_early']:
                break
        if passed == reported and not self.uses:
            self.say(token, 'unused')
        self.say(token, 'end', str(reported))

    def prepare(self, plan, tests, space, entry_point):
        module = type(sys)('tests')
        sys.modules['tests'] = module
        sys.modules['solution'] = sys.modules['candidate'] = CandidateModule(self)
        if plan['prompt']:
            self.run_prompt(plan['prompt'], space, entry_point)
        names = {}
        for code in [plan['setup']] + tests:
            collect_names(compile(code, 'tests.py', 'exec'), names)
        setup_names = {}
        setup = compile(plan['setup'], 'tests.py', 'exec')
        collect_names(setup, setup_names)
        if setup.co_names:
            self.bind([n for n in setup_names if n not in stored_names(setup)], space, entry_point)
            exec(setup, space)
        for code in tests:
            for name in stored_names(compile(code, 'tests.py', 'exec')):
                names.pop(name, None)
        self.bind(names, space, entry_point)

    def run_prompt(self, prompt, space, entry_point):
        """The prompt's own helper functions and imports, where it is code: they are trusted, the candidate's copies not."""
        trial = dict(space)
        try:
            exec(compile(prompt, 'prompt.py', 'exec'), trial)
        except Exception:
            return
        trial.pop(entry_point, None)
        space.update(trial)

    def attempt(self, body):
        """None, or what went wrong."""
        try:
            body()
        except AssertionError as e:
            return ('error' if hasattr(e, '_hone_remote') else 'wrong', describe(e))
        except Closed as e:
            self.gone = self.gone or str(e)
            return ('gone', str(e))
        except BaseException as e:
            return ('error', describe(e))
        return None


class Remote:
    """A function, class or object of the candidate. It never compares equal to a plain value, and gives no arithmetic:
    an object that claims every result must not reach an assertion."""
    __slots__ = ('_hone_judge', '_hone_id')

    def __init__(self, judge, number):
        object.__setattr__(self, '_hone_judge', judge)
        object.__setattr__(self, '_hone_id', number)

    def _hone_ask(self, operation, *arguments):
        return self._hone_judge.ask(operation, self, *arguments)[1]

    def __call__(self, *positional, **named):
        reply = self._hone_judge.ask('call', self, positional, named)
        if type(reply[2]) is tuple and len(reply[2]) == len(positional):
            for mine, theirs in zip(positional, reply[2]):
                write_back(mine, theirs)
        return reply[1]

    def __getattr__(self, name):
        return self._hone_ask('getattr', name)

    def __setattr__(self, name, value):
        self._hone_ask('setattr', name, value)

    def __iter__(self):
        iterator = self._hone_ask('iter')
        if type(iterator) is not Remote:
            raise TypeError('not iterable')
        return remote_items(iterator)

    def __next__(self):
        items = self._hone_ask('items', 1)
        if not items:
            raise StopIteration
        return items[0]

    def __contains__(self, item):
        return any(item == other for other in self)

    def __len__(self):
        return self._hone_ask('len')

    def __bool__(self):
        return self._hone_ask('bool') is True

    def __str__(self):
        return self._hone_ask('str')

    def __repr__(self):
        return self._hone_ask('repr')

    def __getitem__(self, key):
        return self._hone_ask('getitem', key)

    def __setitem__(self, key, value):
        self._hone_ask('setitem', key, value)

    def __delitem__(self, key):
        self._hone_ask('delitem', key)

    def __eq__(self, other):
        return type(other) is Remote and (other is self or self._hone_ask('eq', other) is True)

    def __lt__(self, other):
        return self._hone_ask('lt', other) is True if type(other) is Remote else NotImplemented

    def __le__(self, other):
        return self._hone_ask('le', other) is True if type(other) is Remote else NotImplemented

    def __hash__(self):
        return hash(self._hone_id)

    def __enter__(self):
        return self._hone_ask('enter')

    def __exit__(self, *error):
        return self._hone_ask('exit') is True

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


class CandidateModule(type(sys)):
    """`import solution` and `from solution import f` in a test."""

    def __init__(self, judge):
        super().__init__('solution')
        self.__dict__['_hone_judge'] = judge

    def __getattr__(self, name):
        space = {}
        if not name.startswith('__'):
            self.__dict__['_hone_judge'].bind_candidate(name, space)
        if name not in space:
            raise AttributeError(name)
        return space[name]


TRUSTED = {'math', 'cmath', 'collections', 'itertools', 'functools', 'typing', 're', 'string', 'random', 'copy', 'datetime',
           'decimal', 'fractions', 'heapq', 'bisect', 'operator', 'statistics', 'json', 'sys', 'os', 'time'}
ALIASES = {('np', 'numpy'), ('pd', 'pandas'), ('dt', 'datetime'), ('cl', 'collections')}


def remote_items(iterator):
    while True:
        items = iterator._hone_ask('items', 1)
        if type(items) is not list or not items:
            return
        yield items[0]


def write_back(mine, theirs):
    if type(mine) is not type(theirs):
        return
    if type(mine) in (list, bytearray):
        mine[:] = theirs
    elif type(mine) in (dict, set):
        mine.clear()
        mine.update(theirs)


def instructions(code):
    """(name of operation, argument) of a code object, EXTENDED_ARG prefixes taken in."""
    import opcode
    high = 0
    for at in range(0, len(code.co_code), 2):
        operation, argument = code.co_code[at], code.co_code[at + 1] | high
        high = argument << 8 if operation == opcode.EXTENDED_ARG else 0
        yield opcode.opname[operation], argument


def collect_names(code, names):
    """Every name that the code and its functions load from outside a function."""
    shift = 1 if sys.version_info >= (3, 11) else 0  # LOAD_GLOBAL keeps a flag in its lowest bit
    for operation, argument in instructions(code):
        if operation == 'LOAD_NAME':
            names[code.co_names[argument]] = True
        elif operation == 'LOAD_GLOBAL':
            names[code.co_names[argument >> shift]] = True
    for constant in code.co_consts:
        if type(constant) is type(code):
            collect_names(constant, names)


def stored_names(code):
    """Names that the module level of the code binds."""
    return {code.co_names[argument] for operation, argument in instructions(code) if operation == 'STORE_NAME'}


def describe(e):
    text = getattr(e, '_hone_remote', None)
    if text is None:
        text = type(e).__name__
        try:
            if str(e):
                text += ': ' + str(e)[:300]
        except BaseException:
            pass
    return text


def main():
    sys.path[:] = [p for p in sys.path if p != '/box']
    judge = Judge(3, 4)
    data = []
    while True:
        chunk = os.read(5, 1 << 20)
        if not chunk:
            break
        data.append(chunk)
    os.close(5)
    judge.run(Decoder(None, None).decode(b''.join(data)))
    os._exit(0)


main()
