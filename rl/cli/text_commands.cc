// hone tokenize, hone logprobs: JSON lines in, JSON lines out.
#include <iostream>
#include <limits>
#include <memory>
#include <numeric>

#include "policy/tokenizer.h"
#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "rl/cli/cli.h"
#include "rl/cli/loaded_model.h"

namespace hone {
namespace {

std::vector<int32_t> read_ids(const Json& value, const std::string& where, int64_t vocab_size) {
  const auto fail = [&](const std::string& what) { throw Error(ErrorCode::invalid_argument, where + ": " + what); };
  if (!value.is_array()) fail("token ids must be an array of integers");
  std::vector<int32_t> ids;
  for (const Json& v : value) {
    if (!v.is_number_integer() || v.get<int64_t>() < 0 || v.get<int64_t>() >= vocab_size)
      fail("token id " + v.dump() + " is outside the vocabulary of " + std::to_string(vocab_size));
    ids.push_back(v.get<int32_t>());
  }
  return ids;
}

struct TokenizeArguments {
  std::string model, file;
  bool decode = false, special = false, skip_special = false;
};

int tokenize(const TokenizeArguments& a) {
  const ModelFolder folder = open_model_folder(a.model);
  if (folder.tokenizer_json.empty()) throw Error(ErrorCode::not_found, a.model + "/tokenizer.json: does not exist");
  const auto tokenizer = Tokenizer::from_json(folder.tokenizer_json, a.model + "/tokenizer.json");
  for_each_jsonl(a.file, [&](const Json& row, std::size_t line) {
    const std::string where = a.file + ":" + std::to_string(line);
    OrderedJson out;
    if (a.decode) {
      const auto it = row.contains("ids") ? row.find("ids") : row.find("input_ids");
      if (it == row.end()) throw Error(ErrorCode::invalid_argument, where + ": field 'ids' is missing");
      out["text"] = tokenizer->decode(read_ids(*it, where, std::numeric_limits<int32_t>::max()), a.skip_special);
    } else {
      const auto it = row.find("text");
      if (it == row.end() || !it->is_string()) throw Error(ErrorCode::invalid_argument, where + ": field 'text' must be a string");
      out["ids"] = tokenizer->encode(it->get<std::string>(), a.special);
    }
    std::cout << dump_line(out) << "\n";
  });
  return 0;
}

struct LogprobsArguments {
  std::string model, file;
  double temperature = 1.0;
  int threads = 0;
  int64_t batch_tokens = 4096;
};

int logprobs(const LogprobsArguments& a) {
  if (!(a.temperature > 0)) throw Error(ErrorCode::invalid_argument, "--temperature: must be > 0");
  const LoadedModel model = load_model(a.model, a.threads, false);
  const ModelConfig& config = model.folder.config;
  std::vector<std::vector<int32_t>> batch;
  int64_t batch_tokens = 0;
  const auto flush = [&] {
    const auto scores = model.generator->logprobs(batch, a.temperature);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      OrderedJson out;
      out["input_ids"] = batch[i];
      out["logprobs"] = scores[i];
      out["sum_logprob"] = std::accumulate(scores[i].begin(), scores[i].end(), 0.0);
      std::cout << dump_line(out) << "\n";
    }
    batch.clear();
    batch_tokens = 0;
  };
  for_each_jsonl(a.file, [&](const Json& row, std::size_t line) {
    const std::string where = a.file + ":" + std::to_string(line);
    std::vector<int32_t> ids;
    if (const auto it = row.find("input_ids"); it != row.end()) {
      ids = read_ids(*it, where, config.vocab_size);
    } else if (const auto text = row.find("text"); text != row.end() && text->is_string()) {
      if (!model.tokenizer) throw Error(ErrorCode::not_found, a.model + "/tokenizer.json: does not exist; give input_ids");
      ids = model.tokenizer->encode(text->get<std::string>());
    } else {
      throw Error(ErrorCode::invalid_argument, where + ": needs 'text' (a string) or 'input_ids' (an array)");
    }
    const auto length = static_cast<int64_t>(ids.size());
    if (length > config.max_position_embeddings)
      throw Error(ErrorCode::invalid_argument, where + ": " + std::to_string(length) + " tokens; the model's context is " +
                                                   std::to_string(config.max_position_embeddings));
    batch.push_back(std::move(ids));
    batch_tokens += length;
    if (batch_tokens >= a.batch_tokens) flush();
  });
  if (!batch.empty()) flush();
  return 0;
}

}  // namespace

void add_tokenize_command(CLI::App& app, Action& action) {
  auto a = std::make_shared<TokenizeArguments>();
  CLI::App* c = app.add_subcommand("tokenize", "text to token ids and back, by a model folder's tokenizer");
  c->add_option("model", a->model, "model folder")->required();
  c->add_option("file", a->file, "JSONL file of {\"text\"}, or of {\"ids\"} with --decode ('-' = standard input)")->required();
  c->add_flag("--decode", a->decode, "ids to text");
  c->add_flag("--add-special-tokens", a->special, "apply the post-processor (e.g. BOS)");
  c->add_flag("--skip-special-tokens", a->skip_special, "leave special tokens out of decoded text");
  c->callback([a, &action] { action = [a] { return tokenize(*a); }; });
}

void add_logprobs_command(CLI::App& app, Action& action) {
  auto a = std::make_shared<LogprobsArguments>();
  CLI::App* c = app.add_subcommand("logprobs", "log-probability of each token after the first, in nats");
  c->add_option("model", a->model, "model folder")->required();
  c->add_option("file", a->file, "JSONL file of {\"text\"} or {\"input_ids\"} ('-' = standard input)")->required();
  c->add_option("--temperature", a->temperature, "softmax temperature")->capture_default_str();
  c->add_option("--threads", a->threads, "compute threads; 0 = all cores")->capture_default_str();
  c->callback([a, &action] { action = [a] { return logprobs(*a); }; });
}

}  // namespace hone
