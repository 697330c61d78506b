#include "policy/tokenizer.h"

#include <cstddef>
#include <utility>

#include "policy/text/added_tokens.h"
#include "policy/text/bpe_model.h"
#include "policy/text/byte_level.h"
#include "policy/text/json_node.h"
#include "policy/text/normalizer.h"
#include "policy/text/post_processor.h"
#include "policy/text/pre_tokenizer.h"
#include "policy/text/utf8.h"
#include "policy/text/vocabulary.h"
#include "proto/base/error.h"
#include "proto/base/json.h"

namespace hone {

struct Tokenizer::Impl {
  Vocabulary vocabulary;
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  PostProcessor post_processor;
  AddedTokenMatcher raw_added;         // looked for in the text as it came
  AddedTokenMatcher normalized_added;  // and in the normalised text
  std::optional<BpeModel> model;
  std::string token_bytes;                 // what each id stands for, one after the other
  std::vector<std::size_t> token_offsets;  // vocab_size + 1 of them

  explicit Impl(const JsonNode& file);
  void read_added_tokens(const JsonNode& tokens);
  void fill_token_bytes();
  void encode_text(std::string_view text, std::vector<int32_t>& out) const;
  void encode_words(std::string_view text, PieceList& scratch, std::vector<int32_t>& out) const;
};

namespace {

// Longest text that encode takes: its working memory is about 40 bytes a byte.
constexpr std::size_t kMaxTextBytes = std::size_t{64} << 20;

void check_model_type(const JsonNode& model) {
  const std::optional<JsonNode> type = model.find("type");
  if (!type) model.fail_unsupported("a model without a \"type\"", "BPE");
  if (type->text() != "BPE") model.fail_unsupported("model " + in_quotes(type->text()), "BPE");
}

void check_decoder(const JsonNode& file) {
  const std::optional<JsonNode> decoder = file.find("decoder");
  if (!decoder) file.fail_unsupported("a missing \"decoder\"", "ByteLevel");
  const std::string type = decoder->at("type").text();
  if (type != "ByteLevel") decoder->fail_unsupported("decoder " + in_quotes(type), "ByteLevel");
}

}  // namespace

Tokenizer::Impl::Impl(const JsonNode& file) {
  const JsonNode model_node = file.at("model");
  check_model_type(model_node);
  check_decoder(file);
  vocabulary.read_model(model_node.at("vocab"));
  if (const auto node = file.find("normalizer")) normalizer = Normalizer::from_json(*node);
  if (const auto node = file.find("pre_tokenizer")) pre_tokenizer = PreTokenizer::from_json(*node);
  if (const auto node = file.find("added_tokens")) read_added_tokens(*node);
  if (const auto node = file.find("post_processor"))
    post_processor = PostProcessor::from_json(*node, vocabulary.size());
  model.emplace(model_node, vocabulary, pre_tokenizer.is_byte_level());
  fill_token_bytes();
}

void Tokenizer::Impl::read_added_tokens(const JsonNode& tokens) {
  for (const JsonNode& node : tokens.items()) {
    const AddedToken token = AddedToken::from_json(node);
    if (token.content.empty()) continue;
    vocabulary.add_token(token.content, token.id, token.special, node);
    if (token.normalized) {
      normalized_added.add(token, normalizer.apply(token.content).value_or(token.content));
    } else {
      raw_added.add(token, token.content);
    }
  }
}

void Tokenizer::Impl::fill_token_bytes() {
  token_offsets.reserve(static_cast<std::size_t>(vocabulary.size()) + 1);
  token_offsets.push_back(0);
  for (int32_t id = 0; id < vocabulary.size(); ++id) {
    if (const std::string* token = vocabulary.token(id)) append_token_bytes(*token, token_bytes);
    token_offsets.push_back(token_bytes.size());
  }
}

void Tokenizer::Impl::encode_words(std::string_view text, PieceList& scratch, std::vector<int32_t>& out) const {
  pre_tokenizer.split(text, scratch);
  for (const std::string_view word : scratch.pieces) model->encode(word, out);
}

void Tokenizer::Impl::encode_text(std::string_view text, std::vector<int32_t>& out) const {
  std::vector<TextPart> parts;
  std::vector<TextPart> inner;
  PieceList scratch;
  raw_added.split(text, parts);
  for (const TextPart& part : parts) {
    if (part.id >= 0) {
      out.push_back(part.id);
      continue;
    }
    const std::optional<std::string> normalized = normalizer.apply(part.text);
    inner.clear();
    normalized_added.split(normalized ? std::string_view(*normalized) : part.text, inner);
    for (const TextPart& piece : inner) {
      if (piece.id >= 0) {
        out.push_back(piece.id);
      } else {
        encode_words(piece.text, scratch, out);
      }
    }
  }
}

Tokenizer::Tokenizer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::~Tokenizer() = default;

std::unique_ptr<Tokenizer> Tokenizer::from_json(std::string_view tokenizer_json, const std::string& source) {
  const Json file = parse_json(tokenizer_json, source);
  return std::unique_ptr<Tokenizer>(new Tokenizer(std::make_unique<Impl>(JsonNode(file, source + ": "))));
}

std::vector<int32_t> Tokenizer::encode(std::string_view text, bool add_special_tokens) const {
  if (text.size() > kMaxTextBytes) {
    throw Error(ErrorCode::invalid_argument, "tokenizer: a text of " + std::to_string(text.size()) +
                                                 " bytes is longer than the limit of " + std::to_string(kMaxTextBytes) +
                                                 " bytes; cut it first");
  }
  std::vector<int32_t> ids;
  const PostProcessor& around = impl_->post_processor;
  if (add_special_tokens) ids = around.prefix;
  if (is_valid_utf8(text)) {
    impl_->encode_text(text, ids);
  } else {
    impl_->encode_text(utf8_lossy(text), ids);
  }
  if (add_special_tokens) ids.insert(ids.end(), around.suffix.begin(), around.suffix.end());
  return ids;
}

std::string Tokenizer::decode(std::span<const int32_t> ids, bool skip_special_tokens) const {
  std::string bytes;
  for (const int32_t id : ids) {
    if (id < 0 || id >= vocab_size() || (skip_special_tokens && is_special(id))) continue;
    const std::size_t begin = impl_->token_offsets[static_cast<std::size_t>(id)];
    const std::size_t end = impl_->token_offsets[static_cast<std::size_t>(id) + 1];
    bytes.append(impl_->token_bytes, begin, end - begin);
  }
  return is_valid_utf8(bytes) ? bytes : utf8_lossy(bytes);
}

int64_t Tokenizer::vocab_size() const { return impl_->vocabulary.size(); }
bool Tokenizer::is_special(int32_t id) const { return impl_->vocabulary.is_special(id); }
std::optional<int32_t> Tokenizer::token_to_id(std::string_view token) const { return impl_->vocabulary.find(token); }

std::string Tokenizer::id_to_token(int32_t id) const {
  const std::string* token = impl_->vocabulary.token(id);
  return token != nullptr ? *token : std::string();
}

}  // namespace hone
