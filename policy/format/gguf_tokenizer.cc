#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "policy/format/gguf_import.h"
#include "proto/base/error.h"
#include "proto/base/json.h"

namespace hone {
namespace {

// tokenizer.ggml.token_type
constexpr int64_t kNormal = 1;
constexpr int64_t kControl = 3;
constexpr int64_t kUserDefined = 4;
constexpr int64_t kUnused = 5;

enum class PreTokenizer : uint8_t { gpt2, smollm, llama3, qwen2 };

constexpr std::array<std::pair<std::string_view, PreTokenizer>, 11> kPreTokenizers{
    {{"gpt-2", PreTokenizer::gpt2},
     {"phi-2", PreTokenizer::gpt2},
     {"default", PreTokenizer::gpt2},
     {"smollm", PreTokenizer::smollm},
     {"starcoder", PreTokenizer::smollm},
     {"refact", PreTokenizer::smollm},
     {"llama-bpe", PreTokenizer::llama3},
     {"llama3", PreTokenizer::llama3},
     {"llama-v3", PreTokenizer::llama3},
     {"qwen2", PreTokenizer::qwen2},
     {"deepseek-r1-qwen", PreTokenizer::qwen2}}};

// The families' own word patterns; they differ in how many digits stand together.
constexpr std::string_view kWordsBeforeDigits = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)";
constexpr std::string_view kWordsAfterDigits = R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

OrderedJson byte_level(bool add_prefix_space, bool trim_offsets, bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", add_prefix_space},
          {"trim_offsets", trim_offsets},
          {"use_regex", use_regex}};
}

OrderedJson sequence(const char* key, std::vector<OrderedJson> parts, const char* type = "Sequence") {
  OrderedJson json{{"type", type}};
  json[key] = std::move(parts);
  return json;
}

OrderedJson split(std::string_view digits) {
  OrderedJson json{{"type", "Split"}};
  json["pattern"] = {{"Regex", std::string(kWordsBeforeDigits) + std::string(digits) + std::string(kWordsAfterDigits)}};
  json["behavior"] = "Isolated";
  json["invert"] = false;
  return json;
}

OrderedJson pre_tokenizer_json(PreTokenizer kind) {
  switch (kind) {
    case PreTokenizer::gpt2: return byte_level(false, true, true);
    case PreTokenizer::smollm:
      return sequence("pretokenizers",
                      {OrderedJson{{"type", "Digits"}, {"individual_digits", true}}, byte_level(false, true, true)});
    case PreTokenizer::llama3:
      return sequence("pretokenizers", {split(R"(\p{N}{1,3})"), byte_level(false, true, false)});
    case PreTokenizer::qwen2: return sequence("pretokenizers", {split(R"(\p{N})"), byte_level(false, false, false)});
  }
  return nullptr;
}

class TokenizerBuilder {
 public:
  TokenizerBuilder(const GgufFile& file, ImportReport& report) : file_(file), report_(report) {
    const auto* tokens = file.array<std::string_view>("tokenizer.ggml.tokens");
    const auto* merges = file.array<std::string_view>("tokenizer.ggml.merges");
    if (tokens == nullptr || merges == nullptr)
      invalid("metadata tokenizer.ggml.tokens or tokenizer.ggml.merges is missing");
    tokens_ = *tokens;
    merges_ = *merges;
    types_.assign(tokens_.size(), kNormal);
    if (const auto* types = file.array<int64_t>("tokenizer.ggml.token_type")) types_ = *types;
    if (types_.size() != tokens_.size())
      invalid("tokenizer.ggml.token_type has " + std::to_string(types_.size()) + " entries for " +
              std::to_string(tokens_.size()) + " tokens");
    if (static_cast<int64_t>(tokens_.size()) > report.config.vocab_size)
      invalid("tokenizer.ggml.tokens has " + std::to_string(tokens_.size()) + " tokens, the embedding " +
              std::to_string(report.config.vocab_size) + " rows");
    for (std::size_t i = 0; i < tokens_.size(); ++i)
      if (types_[i] != kUnused && !ids_.emplace(tokens_[i], i).second)
        invalid("token '" + std::string(tokens_[i]) + "' occurs twice");
    kind_ = pre_tokenizer();
  }

  std::vector<FolderFile> files() {
    std::vector<FolderFile> out;
    try {
      out.push_back({"tokenizer.json", tokenizer().dump() + "\n"});
      out.push_back({"tokenizer_config.json", tokenizer_config().dump(2) + "\n"});
    } catch (const OrderedJson::type_error&) {
      invalid("a token, merge or the chat template is not valid UTF-8");
    }
    if (const std::string chat = file_.text_or("tokenizer.chat_template", ""); !chat.empty())
      out.push_back({"chat_template.jinja", chat});
    return out;
  }

 private:
  [[noreturn]] void invalid(const std::string& what) const {
    throw Error(ErrorCode::invalid_argument, file_.source() + ": " + what);
  }

  PreTokenizer pre_tokenizer() {
    const std::string name = file_.text_or("tokenizer.ggml.pre", "");
    if (name.empty()) {
      report_.notes.push_back("The file names no pre-tokenizer (tokenizer.ggml.pre); GPT-2's is assumed.");
      return PreTokenizer::gpt2;
    }
    for (const auto& [known, kind] : kPreTokenizers)
      if (known == name) return kind;
    throw Error(ErrorCode::unimplemented,
                file_.source() + ": tokenizer.ggml.pre '" + name +
                    "' is not supported; supported: gpt-2, smollm, llama-bpe, qwen2 and their kin");
  }

  std::string token_text(int64_t id, const char* what) const {
    if (id < 0 || id >= static_cast<int64_t>(tokens_.size()))
      invalid(std::string(what) + " " + std::to_string(id) + " is no token");
    return std::string(tokens_[static_cast<std::size_t>(id)]);
  }

  OrderedJson added_tokens() const {
    OrderedJson list = OrderedJson::array();
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (types_[i] != kControl && types_[i] != kUserDefined) continue;
      list.push_back({{"id", i},
                      {"content", std::string(tokens_[i])},
                      {"single_word", false},
                      {"lstrip", false},
                      {"rstrip", false},
                      {"normalized", false},
                      {"special", types_[i] == kControl}});
    }
    return list;
  }

  OrderedJson model() const {
    OrderedJson json{{"type", "BPE"},
                     {"dropout", nullptr},
                     {"unk_token", nullptr},
                     {"continuing_subword_prefix", nullptr},
                     {"end_of_word_suffix", nullptr},
                     {"fuse_unk", false},
                     {"byte_fallback", false},
                     {"ignore_merges", kind_ == PreTokenizer::llama3}};
    // Straight into the ordered object's vector: its operator[] searches linearly.
    OrderedJson::object_t vocabulary;
    for (std::size_t i = 0; i < tokens_.size(); ++i)
      if (types_[i] != kUnused) vocabulary.push_back({std::string(tokens_[i]), OrderedJson(i)});
    json["vocab"] = std::move(vocabulary);
    OrderedJson pairs = OrderedJson::array();
    for (const std::string_view merge : merges_) pairs.push_back(merge_pair(merge));
    json["merges"] = std::move(pairs);
    return json;
  }

  OrderedJson merge_pair(std::string_view merge) const {
    const std::size_t space = merge.find(' ', 1);
    const auto fail = [&] {
      invalid("merge '" + std::string(merge.substr(0, 80)) + "' does not join two tokens into a third");
    };
    if (space == std::string_view::npos || space + 1 >= merge.size()) fail();
    std::string left(merge.substr(0, space));
    std::string right(merge.substr(space + 1));
    if (!ids_.contains(left) || !ids_.contains(right) || !ids_.contains(left + right)) fail();
    return OrderedJson::array({std::move(left), std::move(right)});
  }

  bool adds_bos() const {
    return file_.boolean_or("tokenizer.ggml.add_bos_token",
                            kind_ == PreTokenizer::llama3 && report_.config.bos_token_id >= 0);
  }

  OrderedJson post_processor() const {
    const bool bos = adds_bos();
    const bool eos = file_.boolean_or("tokenizer.ggml.add_eos_token", false);
    const OrderedJson plain =
        kind_ == PreTokenizer::qwen2 ? byte_level(false, false, false) : byte_level(true, false, true);
    if (!bos && !eos) return kind_ == PreTokenizer::smollm ? OrderedJson() : plain;
    return sequence("processors", {plain, special_token_template(bos, eos)});
  }

  OrderedJson special_token_template(bool bos, bool eos) const {
    OrderedJson json{{"type", "TemplateProcessing"}, {"single", OrderedJson::array()}, {"pair", OrderedJson::array()}};
    json["special_tokens"] = OrderedJson::object();
    const auto add_special = [&](const char* list, int64_t id, int type_id) {
      const std::string text = token_text(id, "bos or eos id");
      json[list].push_back({{"SpecialToken", {{"id", text}, {"type_id", type_id}}}});
      json["special_tokens"][text] = {
          {"id", text}, {"ids", OrderedJson::array({id})}, {"tokens", OrderedJson::array({text})}};
    };
    const auto add_part = [&](const char* list, const char* part, int type_id) {
      if (bos) add_special(list, report_.config.bos_token_id, type_id);
      json[list].push_back({{"Sequence", {{"id", part}, {"type_id", type_id}}}});
      if (eos) add_special(list, file_.integer("tokenizer.ggml.eos_token_id"), type_id);
    };
    add_part("single", "A", 0);
    add_part("pair", "A", 0);
    add_part("pair", "B", 1);
    return json;
  }

  OrderedJson tokenizer() const {
    OrderedJson json{{"version", "1.0"}, {"truncation", nullptr}, {"padding", nullptr}};
    json["added_tokens"] = added_tokens();
    json["normalizer"] = kind_ == PreTokenizer::qwen2 ? OrderedJson{{"type", "NFC"}} : OrderedJson();
    json["pre_tokenizer"] = pre_tokenizer_json(kind_);
    json["post_processor"] = post_processor();
    json["decoder"] = byte_level(true, true, true);
    json["model"] = model();
    return json;
  }

  OrderedJson tokenizer_config() const {
    OrderedJson json;
    const auto add = [&](const char* name, const char* key) {
      const int64_t id = file_.integer_or(key, -1);
      json[name] = id < 0 ? OrderedJson() : OrderedJson(token_text(id, key));
    };
    add("bos_token", "tokenizer.ggml.bos_token_id");
    add("eos_token", "tokenizer.ggml.eos_token_id");
    add("pad_token", "tokenizer.ggml.padding_token_id");
    add("unk_token", "tokenizer.ggml.unknown_token_id");
    json["add_bos_token"] = adds_bos();
    json["tokenizer_class"] = "PreTrainedTokenizerFast";
    json["clean_up_tokenization_spaces"] = false;
    json["model_max_length"] = report_.config.max_position_embeddings;
    if (const std::string chat = file_.text_or("tokenizer.chat_template", ""); !chat.empty())
      json["chat_template"] = chat;
    return json;
  }

  const GgufFile& file_;
  ImportReport& report_;
  std::vector<std::string_view> tokens_;
  std::vector<std::string_view> merges_;
  std::vector<int64_t> types_;
  std::unordered_map<std::string_view, std::size_t> ids_;
  PreTokenizer kind_ = PreTokenizer::gpt2;
};

}  // namespace

std::vector<FolderFile> gguf_tokenizer_files(const GgufFile& file, ImportReport& report) {
  const std::string model = file.text_or("tokenizer.ggml.model", "none");
  if (model != "gpt2") {
    report.notes.push_back(
        "The tokenizer model '" + model +
        "' is not byte-level BPE (gpt2), which is all that Hone reads: no tokenizer.json was written.");
    return {};
  }
  TokenizerBuilder builder(file, report);
  auto files = builder.files();
  report.wrote_tokenizer = true;
  return files;
}

}  // namespace hone
