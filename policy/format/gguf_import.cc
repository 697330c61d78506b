#include "policy/format/gguf_import.h"

#include "policy/format/dtype.h"

namespace hone {

ImportReport import_gguf(const std::filesystem::path& gguf_path, const std::filesystem::path& out_dir,
                         const std::string& dtype) {
  float_type_from_string(dtype);
  const GgufFile file(gguf_path);
  ImportReport report;
  report.config = gguf_model_config(file);
  report.config.torch_dtype = dtype;
  const auto tokenizer = gguf_tokenizer_files(file, report);
  const WeightSet weights = gguf_weights(file, report.config);
  write_model_folder(out_dir, report.config, weights.views(), dtype, tokenizer);
  return report;
}

}  // namespace hone
