# expect: run-time error
import os, sys
known = {'PATH', 'HOME', 'TMPDIR', 'LANG', 'PWD', 'PYTHONHASHSEED', 'PYTHONDONTWRITEBYTECODE', 'OMP_NUM_THREADS',
         'OPENBLAS_NUM_THREADS', 'LC_CTYPE'}
sys.exit(0 if set(os.environ) - known else 7)
