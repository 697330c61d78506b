hone_library(hone_text
  SOURCES
    text/added_tokens.cc
    text/bpe_merge.cc
    text/bpe_model.cc
    text/byte_level.cc
    text/decode_stream.cc
    text/json_node.cc
    text/normalizer.cc
    text/post_processor.cc
    text/pre_tokenizer.cc
    text/regex.cc
    text/regex_syntax.cc
    text/tokenizer.cc
    text/utf8.cc
    text/vocabulary.cc
    text/vocabulary_builder.cc
    text/word_cache.cc
  DEPS hone_base
  PRIVATE_DEPS PkgConfig::PCRE2 PkgConfig::ICU)

hone_library(hone_chat
  SOURCES chat/builtins.cc chat/chat_template.cc chat/expression_parser.cc chat/interpreter.cc chat/lexer.cc chat/operators.cc
          chat/parser.cc chat/value.cc
  DEPS hone_base hone_text)
