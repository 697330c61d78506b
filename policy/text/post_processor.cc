#include "policy/text/post_processor.h"

#include <optional>
#include <string>

#include "proto/base/error.h"

namespace hone {
namespace {

constexpr int kMaxDepth = 16;

void append_special(const JsonNode& specials, const std::string& name, int64_t vocab_size, std::vector<int32_t>& out) {
  for (const JsonNode& id : specials.at(name.c_str()).at("ids").items()) {
    out.push_back(static_cast<int32_t>(id.integer(0, vocab_size - 1)));
  }
}

void wrap_in_template(const JsonNode& node, int64_t vocab_size, PostProcessor& out) {
  PostProcessor added;
  bool after_text = false;
  const JsonNode single = node.at("single");
  for (const JsonNode& piece : single.items()) {
    if (const std::optional<JsonNode> special = piece.find("SpecialToken")) {
      append_special(node.at("special_tokens"), special->at("id").text(), vocab_size,
                     after_text ? added.suffix : added.prefix);
      continue;
    }
    const JsonNode sequence = piece.at("Sequence");
    if (sequence.at("id").text() != "A" || after_text) {
      piece.fail(ErrorCode::unimplemented, "a template must hold the sequence \"A\" exactly once");
    }
    after_text = true;
  }
  if (!after_text) single.fail(ErrorCode::unimplemented, "a template must hold the sequence \"A\" exactly once");
  out.prefix.insert(out.prefix.begin(), added.prefix.begin(), added.prefix.end());
  out.suffix.insert(out.suffix.end(), added.suffix.begin(), added.suffix.end());
}

void read_processor(const JsonNode& node, int64_t vocab_size, int depth, PostProcessor& out) {
  if (depth > kMaxDepth) node.fail(ErrorCode::invalid_argument, "Sequences are nested more than 16 deep");
  const std::string type = node.at("type").text();
  if (type == "TemplateProcessing") {
    wrap_in_template(node, vocab_size, out);
  } else if (type == "Sequence") {
    for (const JsonNode& item : node.at("processors").items()) read_processor(item, vocab_size, depth + 1, out);
  } else if (type != "ByteLevel") {
    node.fail_unsupported("post-processor " + in_quotes(type), "TemplateProcessing, ByteLevel, Sequence, null");
  }
}

}  // namespace

PostProcessor PostProcessor::from_json(const JsonNode& node, int64_t vocab_size) {
  PostProcessor processor;
  read_processor(node, vocab_size, 0, processor);
  return processor;
}

}  // namespace hone
