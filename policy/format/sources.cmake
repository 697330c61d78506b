hone_library(hone_format
  SOURCES packed_batch.cc
          format/byte_reader.cc format/dtype.cc format/folder_writer.cc format/gguf.cc format/gguf_dequantize.cc
          format/gguf_import.cc format/gguf_model.cc format/gguf_tokenizer.cc format/json_fields.cc format/llama2c_import.cc
          format/model_config.cc format/model_folder.cc format/rope.cc format/rotary_layout.cc format/safetensors.cc
          format/safetensors_writer.cc format/weights.cc
  DEPS hone_base)
