hone_test(policy_format_test
  SOURCES policy/format_config_test.cc policy/format_dtype_test.cc policy/format_gguf_test.cc policy/format_import_test.cc
          policy/format_import_tokenizer_test.cc policy/format_llama2c_test.cc policy/format_model_folder_test.cc
          policy/format_safetensors_test.cc policy/format_weights_test.cc policy/packed_batch_test.cc policy/reference_tally_test.cc
  DEPS hone_format hone_text
  LABELS "unit;reference")
