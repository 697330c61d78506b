// hone tokenizer: a vocabulary of words and bytes for a model that is trained from nothing.
#include <iostream>
#include <memory>

#include "policy/text/vocabulary_builder.h"
#include "policy/tokenizer.h"
#include "proto/base/error.h"
#include "proto/base/file.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "rl/cli/cli.h"

namespace hone {
namespace {

struct TokenizerArguments {
  std::vector<std::string> files, fields;
  std::string output;
  VocabularyRecipe recipe;
  bool seen_bytes = false;
};

int make_tokenizer(TokenizerArguments a) {
  a.recipe.all_bytes = !a.seen_bytes;
  if (a.recipe.words < 0) throw Error(ErrorCode::invalid_argument, "--words: must be >= 0");
  if (a.fields.empty()) a.fields = {"text", "prompt", "completion"};
  VocabularyBuilder builder(a.recipe);
  int64_t texts = 0;
  for (const std::string& file : a.files) {
    for_each_jsonl(file, [&](const Json& row, std::size_t line) {
      const int64_t before = texts;
      for (const std::string& field : a.fields) {
        const auto it = row.find(field);
        if (it == row.end() || !it->is_string()) continue;
        builder.add(it->get_ref<const std::string&>());
        ++texts;
      }
      if (texts == before) throw Error(ErrorCode::invalid_argument, file + ":" + std::to_string(line) + ": has none of the fields as a string; name them with --field");
    });
  }
  const std::string json = builder.tokenizer_json();
  const auto tokenizer = Tokenizer::from_json(json, a.output);
  write_file_atomic(a.output, json);
  std::cout << a.output << ": vocab_size " << tokenizer->vocab_size() << " from " << texts << " texts\n";
  for (const std::string& token : a.recipe.special_tokens) std::cout << "  " << token << " = " << *tokenizer->token_to_id(token) << "\n";
  return 0;
}

}  // namespace

void add_tokenizer_command(CLI::App& app, Action& action) {
  auto a = std::make_shared<TokenizerArguments>();
  CLI::App* c = app.add_subcommand("tokenizer", "make a tokenizer.json of words and bytes from texts, for a model trained from nothing");
  c->add_option("files", a->files, "JSONL files ('-' = standard input)")->required();
  c->add_option("--output,-o", a->output, "tokenizer.json to write")->required();
  c->add_option("--words", a->recipe.words, "most words (by count); 0 = bytes only")->capture_default_str();
  c->add_option("--special", a->recipe.special_tokens, "special token, ids from 0 (repeatable): \"<eos>\"");
  c->add_option("--token", a->recipe.plain_tokens, "token that is text but never cut (repeatable): \"<think>\"");
  c->add_option("--field", a->fields, "field with text (repeatable; default text, prompt, completion)");
  c->add_flag("--split-digits", a->recipe.split_digits, "each digit is a token");
  c->add_flag("--seen-bytes", a->seen_bytes, "only bytes that the texts need: a smaller vocabulary, which loses other text");
  c->callback([a, &action] { action = [a] { return make_tokenizer(*a); }; });
}

}  // namespace hone
