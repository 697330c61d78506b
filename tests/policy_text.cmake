hone_test(tokenizer_unit_test
  SOURCES policy/tokenizer_unit_test.cc policy/tokenizer_error_test.cc policy/tokenizer_regex_test.cc
          policy/tokenizer_scale_test.cc policy/tokenizer_fixture.cc policy/vocabulary_builder_test.cc
  DEPS hone_text
  LABELS unit)
hone_test(tokenizer_reference_test
  SOURCES policy/tokenizer_reference_test.cc
  DEPS hone_text
  LABELS "unit;reference")
hone_test(chat_template_test
  SOURCES policy/chat_template_test.cc
  DEPS hone_chat
  LABELS unit)
hone_test(chat_template_reference_test
  SOURCES policy/chat_template_reference_test.cc
  DEPS hone_chat
  LABELS "unit;reference")
