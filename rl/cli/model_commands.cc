// hone inspect, hone import.
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>

#include "policy/format/gguf_import.h"
#include "policy/format/llama2c_import.h"
#include "policy/format/safetensors.h"
#include "policy/model_folder.h"
#include "policy/tokenizer.h"
#include "proto/base/error.h"
#include "proto/base/json.h"
#include "rl/cli/cli.h"

namespace hone {
namespace {

struct InspectArguments {
  std::string path;
  bool tensors = false, json = false;
};

OrderedJson tensor_json(const TensorEntry& t) {
  return {{"name", t.name}, {"dtype", t.dtype}, {"shape", t.shape}, {"bytes", t.bytes}, {"file", t.file}};
}

void print_tensors(const std::vector<TensorEntry>& tensors) {
  for (const TensorEntry& t : tensors) std::cout << "  " << t.name << "  " << t.dtype << " " << Json(t.shape).dump() << "\n";
}

int inspect(const InspectArguments& a) {
  const std::vector<TensorEntry> tensors = list_tensors(a.path);
  uint64_t bytes = 0, parameters = 0;
  for (const TensorEntry& t : tensors) bytes += t.bytes, parameters += t.elements;
  OrderedJson out;
  out["path"] = a.path;
  if (std::filesystem::is_directory(a.path)) {
    const ModelFolder folder = open_model_folder(a.path);
    load_weights(folder);  // names, shapes and values must fit the config
    out["config"] = OrderedJson::parse(model_config_to_json(folder.config).dump());
    out["eos_token_ids"] = folder.config.eos_token_ids;
    out["parameters"] = folder.config.parameter_count();
    out["fingerprint"] = model_fingerprint(folder.config, folder.tokenizer_json);
    if (!folder.tokenizer_json.empty())
      out["tokenizer_vocab_size"] = Tokenizer::from_json(folder.tokenizer_json, a.path + "/tokenizer.json")->vocab_size();
  } else {
    out["parameters"] = parameters;
  }
  out["tensors"] = tensors.size();
  out["bytes"] = bytes;
  if (a.json) {
    if (a.tensors) {
      out["tensors"] = OrderedJson::array();
      for (const TensorEntry& t : tensors) out["tensors"].push_back(tensor_json(t));
    }
    std::cout << dump_line(out) << "\n";
    return 0;
  }
  for (const auto& [key, value] : out.items()) {
    if (key == "config") {
      for (const auto& [name, field] : value.items()) std::cout << name << ": " << field.dump() << "\n";
    } else {
      std::cout << key << ": " << (value.is_string() ? value.get<std::string>() : value.dump()) << "\n";
    }
  }
  if (a.tensors) print_tensors(tensors);
  return 0;
}

struct ImportArguments {
  std::string source, destination, dtype = "float32";
};

int import(const ImportArguments& a) {
  const std::filesystem::path source = a.source;
  ImportReport report;
  if (source.extension() == ".gguf") report = import_gguf(source, a.destination, a.dtype);
  else if (source.extension() == ".bin") report = import_llama2c(source, a.destination, a.dtype);
  else throw Error(ErrorCode::invalid_argument, a.source + ": not a known kind of model file; import reads .gguf (GGUF) and .bin (llama2.c)");
  std::cout << a.destination << ": " << report.config.model_type << ", " << report.config.parameter_count() << " parameters, weights as "
            << a.dtype << (report.wrote_tokenizer ? ", with tokenizer" : ", without tokenizer") << "\n";
  for (const std::string& note : report.notes) std::cout << "note: " << note << "\n";
  return 0;
}

}  // namespace

void add_inspect_command(CLI::App& app, Action& action) {
  auto a = std::make_shared<InspectArguments>();
  CLI::App* c = app.add_subcommand("inspect", "what a model folder or safetensors file holds, checked");
  c->add_option("path", a->path, "model folder or .safetensors file")->required();
  c->add_flag("--tensors", a->tensors, "list the tensors");
  c->add_flag("--json", a->json, "one JSON object");
  c->callback([a, &action] { action = [a] { return inspect(*a); }; });
}

void add_import_command(CLI::App& app, Action& action) {
  auto a = std::make_shared<ImportArguments>();
  CLI::App* c = app.add_subcommand("import", "turn a GGUF or llama2.c file into a model folder in the Hugging Face layout");
  c->add_option("source", a->source, "model.gguf, or a llama2.c .bin")->required();
  c->add_option("destination", a->destination, "model folder to write")->required();
  c->add_option("--dtype", a->dtype, "float32, bfloat16 or float16")->capture_default_str();
  c->callback([a, &action] { action = [a] { return import(*a); }; });
}

}  // namespace hone
