# expect: wrong answer
print('hone-')
