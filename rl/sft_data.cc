#include "rl/sft_data.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "policy/model_config.h"
#include "policy/tokenizer.h"
#include "proto/base/error.h"
#include "proto/base/json.h"
#include "proto/base/jsonl.h"
#include "proto/base/log.h"
#include "rl/chat_pieces.h"
#include "rl/data/data_format.h"
#include "rl/dataset.h"

namespace hone {
namespace {

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::invalid_argument, what); }

enum class Format { text, prompt_completion, messages };

/// A published row with the fields prompt and completion.
Json adapted(Json row, const std::string& format, const std::string& where) {
  const DataFormat& f = data_format(format);
  f.adapt(row, where);
  row["completion"] = f.solution(row, where);
  return row;
}

Format format_of(const SftDataSection& data, const Json& row, const std::string& where) {
  if (is_published_format(data.format)) return Format::prompt_completion;
  if (data.format == "text") return Format::text;
  if (data.format == "prompt_completion") return Format::prompt_completion;
  if (data.format == "messages") return Format::messages;
  if (row.contains(data.messages_field)) return Format::messages;
  if (!data.completion_template.empty() || row.contains(data.completion_field)) return Format::prompt_completion;
  if (row.contains(data.text_field)) return Format::text;
  fail(where + ": holds none of the fields '" + data.messages_field + "', '" + data.completion_field + "', '" + data.text_field +
       "'; set data.format and its fields");
}

std::string rendered(const std::string& text_template, const std::string& field, const Json& row, const std::string& where) {
  return text_template.empty() ? field_text(row, field, where) : render_template(text_template, row, where);
}

void append(SftExample& example, const std::vector<int32_t>& ids, bool is_target) {
  example.ids.insert(example.ids.end(), ids.begin(), ids.end());
  example.is_target.resize(example.ids.size(), is_target ? 1 : 0);
}

class RowReader {
 public:
  RowReader(const SftReader& reader, const std::string& file, SftDataStats& stats) : r_(reader), file_(file), stats_(stats) {
    longest_ = std::min(r_.sft.max_length, r_.model.max_position_embeddings);
  }

  /// `text` is the row's line: a conversation's keys must keep their order.
  void add(const Json& row, const std::string& text, std::size_t line) {
    const std::string where = file_ + ":" + std::to_string(line);
    if (stats_.rows == 0) begin(row, where);
    stats_.rows += 1;
    SftExample example = format_ == Format::messages ? conversation(text, where)
                         : is_published_format(r_.data.format) ? example_of(adapted(row, r_.data.format, where), where)
                                                     : example_of(row, where);
    if (!example.is_target.empty()) example.is_target.front() = 0;
    keep(std::move(example), where);
  }

  void begin(const Json& first_row, const std::string& where) {
    format_ = format_of(r_.data, first_row, where);
    if (format_ == Format::messages) {
      chat_ = ChatTemplate::from_folder(r_.folder);
      if (!chat_)
        throw Error(ErrorCode::failed_precondition, where + ": messages need a chat template: " + r_.folder.string() +
                                                        " has neither chat_template.jinja nor chat_template in tokenizer_config.json");
    } else if (r_.data.append_eos && r_.model.eos_token_ids.empty()) {
      throw Error(ErrorCode::failed_precondition, "/data/append_eos: the model's config.json names no eos_token_id; set data.append_eos to false");
    }
  }

  std::vector<SftExample> take() { return std::move(examples_); }

 private:
  SftExample example_of(const Json& row, const std::string& where) const {
    SftExample out;
    if (format_ == Format::text) {
      append(out, r_.tokenizer.encode(field_text(row, r_.data.text_field, where), r_.data.add_special_tokens), true);
    } else {
      const std::string prompt = rendered(r_.data.prompt_template, r_.data.prompt_field, row, where);
      const std::string completion = rendered(r_.data.completion_template, r_.data.completion_field, row, where);
      append(out, r_.tokenizer.encode(prompt, r_.data.add_special_tokens), !r_.sft.completion_only_loss);
      if (out.ids.empty()) fail(where + ": the prompt has no tokens: nothing predicts the first token of the completion");
      append(out, r_.tokenizer.encode(completion, false), true);
    }
    end_text(out);
    return out;
  }

  /// Pieces are tokenized apart, so that a turn starts from the ids that generation starts from.
  SftExample conversation(const std::string& line, const std::string& where) {
    const OrderedJson row = OrderedJson::parse(line);
    if (!row.contains(r_.data.messages_field)) fail(where + ": field '" + r_.data.messages_field + "' is missing");
    OrderedJson variables = row.value("chat_template_kwargs", OrderedJson::object());
    if (!variables.is_object()) fail(where + ": chat_template_kwargs must be an object");
    if (row.contains("tools")) variables["tools"] = row["tools"];
    const OrderedJson& messages = row[r_.data.messages_field];
    SftExample out;
    if (!r_.sft.completion_only_loss) {
      try {
        append(out, r_.tokenizer.encode(chat_->render(messages, variables, {false, r_.data.chat_date})), true);
      } catch (const Error& e) {
        throw Error(e.code(), where + ": " + e.what());
      }
      return out;
    }
    const ChatPieces cut = chat_pieces(*chat_, messages, variables, r_.data.chat_date, where);
    if (cut.prompt_differs) stats_.prompt_differs += 1;
    for (const ChatPiece& piece : cut.pieces) {
      const std::vector<int32_t> ids = r_.tokenizer.encode(piece.text);
      const std::size_t begin = out.ids.size();
      append(out, ids, piece.by_assistant);
      if (!piece.by_assistant) continue;
      // What follows the last end-of-text token of a turn belongs to the template, not to the assistant.
      std::size_t end = ids.size();
      while (end > 0 && !ends_text(ids[end - 1])) --end;
      if (end > 0) std::fill(out.is_target.begin() + static_cast<std::ptrdiff_t>(begin + end), out.is_target.end(), uint8_t{0});
    }
    return out;
  }

  bool ends_text(int32_t id) const {
    const auto& ends = r_.model.eos_token_ids;
    return std::find(ends.begin(), ends.end(), id) != ends.end();
  }

  void end_text(SftExample& example) const {
    if (!r_.data.append_eos) return;
    if (!example.ids.empty() && ends_text(example.ids.back())) return;
    append(example, {r_.model.eos_token_ids.front()}, true);
  }

  void keep(SftExample example, const std::string& where) {
    const auto length = static_cast<int64_t>(example.ids.size());
    if (length <= longest_) return store(std::move(example));
    if (r_.sft.overlong == "error")
      fail(where + ": " + std::to_string(length) + " tokens; at most " + std::to_string(longest_) +
           " fit (sft.max_length and the model's context; sft.overlong says what to do with longer ones)");
    if (r_.sft.overlong == "drop") {
      stats_.dropped += 1;
    } else if (r_.sft.overlong == "truncate") {
      stats_.truncated += 1;
      store(piece(example, 0));
    } else {
      stats_.split += 1;
      for (int64_t begin = 0; begin < length; begin += longest_) store(piece(example, begin));
    }
  }

  SftExample piece(const SftExample& example, int64_t begin) const {
    const int64_t end = std::min(begin + longest_, static_cast<int64_t>(example.ids.size()));
    SftExample out{{example.ids.begin() + begin, example.ids.begin() + end}, {example.is_target.begin() + begin, example.is_target.begin() + end}};
    out.is_target.front() = 0;
    return out;
  }

  void store(SftExample example) {
    const int64_t targets = example.target_count();
    if (targets == 0) {
      stats_.dropped += 1;
      return;
    }
    const auto length = static_cast<int64_t>(example.ids.size());
    stats_.tokens += length;
    stats_.targets += targets;
    stats_.longest = std::max(stats_.longest, length);
    examples_.push_back(std::move(example));
  }

  const SftReader& r_;
  const std::string& file_;
  SftDataStats& stats_;
  int64_t longest_ = 0;
  Format format_ = Format::text;
  std::unique_ptr<ChatTemplate> chat_;
  std::vector<SftExample> examples_;
};

}  // namespace

int64_t SftExample::target_count() const { return std::accumulate(is_target.begin(), is_target.end(), int64_t{0}); }

std::vector<SftExample> SftReader::read(const std::string& file, int64_t limit, SftDataStats& stats) const {
  RowReader reader(*this, file, stats);
  for_each_jsonl_line(file, [&](const Json& row, const std::string& text, std::size_t line) {
    if (limit == 0 || stats.rows < limit) reader.add(row, text, line);
  });
  std::vector<SftExample> examples = reader.take();
  if (stats.rows == 0) fail(file + ": no examples in the file; at least one line is needed");
  if (examples.empty()) fail(file + ": none of the " + std::to_string(stats.rows) + " rows is left: each is too long or has no token to learn");
  return examples;
}

std::string stats_text(const SftDataStats& s) {
  std::string out = join(s.rows, " rows, ", s.tokens, " tokens, ", s.targets, " of them targets, longest ", s.longest);
  if (s.truncated > 0) out += join("; ", s.truncated, " truncated");
  if (s.split > 0) out += join("; ", s.split, " split");
  if (s.dropped > 0) out += join("; ", s.dropped, " dropped");
  return out;
}

}  // namespace hone
