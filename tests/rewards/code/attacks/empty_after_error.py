# expect: run-time error
# output: 
raise SystemExit(3)
