/* Hone reward plug-ins: a reward function in a shared library of its own. This header is all that a plug-in needs.
 *
 * In C++ (17 or newer), a whole plug-in is
 *
 *   #include <hone/reward_plugin.h>
 *   struct Brevity {
 *     hone::plugin::Score score(const hone::plugin::Sample& sample) const { return 1.0 / (1.0 + sample.text.size()); }
 *   };
 *   HONE_REWARD_PLUGIN(Brevity, "brevity", "1.0.0")
 *
 * The lower part of this file explains it. The upper part is the C interface, for other languages.
 *
 * Conventions of the C interface
 *   1. A library exports one symbol, HONE_REWARD_ENTRY, a function that returns a constant table.
 *   2. Texts are pointer and length: UTF-8 in general, but a policy can write any bytes; not terminated by a zero.
 *      They belong to the caller and live for the call.
 *   3. Nothing is allocated on one side and freed on the other; texts that the plug-in gives are copied into buffers
 *      of the host and cut where they are too long.
 *   4. No exception and no longjmp crosses the edge.
 *   5. Structures only grow at their end. Each says its size (or, in arrays, its stride), so that an older plug-in
 *      works in a newer host, and a newer one in an older host as long as it looks at the sizes.
 *   6. HONE_REWARD_ABI changes only when that is not enough; the host then refuses the plug-in with both numbers.
 *   7. Threads: the host makes one call at a time for each instance, but may have several instances, on any threads.
 *
 * Hone runs plug-ins in a process of their own: a crash or a call that takes too long costs the outcome `error` of
 * the completion (of the group, without HONE_REWARD_EACH), and that process is replaced. Standard output goes to
 * Hone's log, like standard error. */
#ifndef HONE_REWARD_PLUGIN_H
#define HONE_REWARD_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HONE_REWARD_ABI 1u
#define HONE_REWARD_ENTRY hone_reward_plugin_entry_1
#define HONE_REWARD_ENTRY_NAME "hone_reward_plugin_entry_1"

/* What a completion got. */
#define HONE_REWARD_SCORED 0  /* `score` is meant */
#define HONE_REWARD_SKIPPED 1 /* does not apply to this completion (say, an unusable reference): no reward, no zero */
#define HONE_REWARD_ERROR 2   /* the function itself failed */

/* Why a completion ended. */
#define HONE_FINISH_STOP_TOKEN 0
#define HONE_FINISH_STOP_STRING 1
#define HONE_FINISH_LENGTH 2
#define HONE_FINISH_CANCELLED 3

/* flags of hone_reward_plugin: a completion's score does not depend on the others of its group, so that the host may
 * hand them over one by one. */
#define HONE_REWARD_EACH 1u

typedef struct hone_text {
  const char* data; /* never NULL */
  size_t size;
} hone_text;

/* Room for a text that the plug-in writes: up to `capacity` bytes at `data`, then `size` = bytes written. */
typedef struct hone_text_buffer {
  char* data;
  size_t capacity;
  size_t size;
} hone_text_buffer;

typedef struct hone_reward_completion {
  hone_text text;
  const int32_t* token_ids; /* sampled ids, the stop token included; may be NULL where there are none */
  size_t token_count;
  uint32_t finish; /* HONE_FINISH_... */
  uint32_t reserved;
} hone_reward_completion;

typedef struct hone_reward_result {
  double score;     /* finite */
  uint32_t outcome; /* HONE_REWARD_...; the host presets HONE_REWARD_ERROR */
  uint32_t reserved;
  hone_text_buffer detail; /* a short reason for a person, may stay empty */
} hone_reward_result;

/* One problem and its completions. Element i of an array lies `stride` bytes after element i - 1. */
typedef struct hone_reward_group {
  size_t struct_size;
  hone_text problem_id;
  hone_text task;
  hone_text prompt;
  hone_text reference;
  hone_text metadata_json; /* the data row's other fields as a JSON object, or empty */
  const hone_reward_completion* completions;
  size_t completion_stride;
  hone_reward_result* results;
  size_t result_stride;
  size_t count; /* of completions and of results */
} hone_reward_group;

typedef struct hone_reward_plugin {
  uint32_t abi;         /* HONE_REWARD_ABI */
  uint32_t struct_size; /* sizeof(hone_reward_plugin) */
  const char* name;     /* zero-terminated */
  const char* version;
  uint32_t flags;
  uint32_t reserved;
  /* Makes an instance from the config entry's "settings" (a JSON object). 0, or another number and a reason in `error`. */
  int32_t (*create)(hone_text settings_json, void** instance, hone_text_buffer* error);
  /* Fills group->results. 0, or another number and a reason in `error` when no completion could be scored. */
  int32_t (*score)(void* instance, hone_reward_group* group, hone_text_buffer* error);
  void (*destroy)(void* instance);
} hone_reward_plugin;

typedef const hone_reward_plugin* (*hone_reward_plugin_entry)(void);

#if defined(__GNUC__) || defined(__clang__)
#define HONE_REWARD_EXPORT __attribute__((visibility("default")))
#else
#define HONE_REWARD_EXPORT
#endif

#ifdef __cplusplus
} /* extern "C" */

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/* The C++ face. A plug-in type has
 *   - a default constructor, or one from std::string_view: the settings as JSON text. It may throw: the run then does not
 *     start, with the exception's text;
 *   - either  Score score(const Sample&)             each completion by itself,
 *     or      std::vector<Score> score(const Group&) a group as a whole, one score a completion, in order.
 *     It may throw: that completion, or that group, then has the outcome `error` with the exception's text. */
namespace hone::plugin {

struct Score {
  Score(double score, std::string detail = "") : score(score), detail(std::move(detail)) {}
  static Score skipped(std::string why) { return with_outcome(HONE_REWARD_SKIPPED, std::move(why)); }
  static Score error(std::string why) { return with_outcome(HONE_REWARD_ERROR, std::move(why)); }
  static Score with_outcome(uint32_t outcome, std::string why) {
    Score result(0.0, std::move(why));
    result.outcome = outcome;
    return result;
  }

  double score;
  uint32_t outcome = HONE_REWARD_SCORED;
  std::string detail; /* a short reason for a person */
};

struct Completion {
  std::string_view text;
  const int32_t* token_ids = nullptr;
  std::size_t token_count = 0;
  uint32_t finish = HONE_FINISH_LENGTH;
};

struct Problem {
  std::string_view id, task, prompt, reference;
  std::string_view metadata_json;
};

struct Sample : Completion {
  Problem problem;
};

struct Group {
  Problem problem;
  std::vector<Completion> completions;
};

namespace detail {

inline std::string_view view(hone_text text) { return {text.data, text.size}; }
inline void write(hone_text_buffer& buffer, std::string_view text) {
  buffer.size = std::min(text.size(), buffer.capacity);
  if (buffer.size > 0) std::memcpy(buffer.data, text.data(), buffer.size);
}
template <class T>
T& element(T* first, std::size_t stride, std::size_t i) {
  using Byte = std::conditional_t<std::is_const_v<T>, const char, char>;
  return *reinterpret_cast<T*>(reinterpret_cast<Byte*>(first) + i * stride);
}
inline Completion completion(const hone_reward_group& group, std::size_t i) {
  const hone_reward_completion& c = element(group.completions, group.completion_stride, i);
  return {view(c.text), c.token_ids, c.token_count, c.finish};
}
inline void write(hone_reward_result& result, const Score& score) {
  result.score = score.score;
  result.outcome = score.outcome;
  write(result.detail, score.detail);
}

template <class Type, class = void>
struct ScoresEach : std::false_type {};
template <class Type>
struct ScoresEach<Type, std::void_t<decltype(Score(std::declval<Type&>().score(std::declval<const Sample&>())))>>
    : std::true_type {};

/* Runs body(); an exception becomes a text in `error` and the value 1. */
template <class Body>
int32_t guarded(hone_text_buffer& error, Body body) noexcept {
  try {
    body();
    return 0;
  } catch (const std::exception& e) {
    write(error, e.what());
  } catch (...) {
    write(error, "threw something that is not a std::exception");
  }
  return 1;
}

template <class Type>
struct Adapter {
  static int32_t create(hone_text settings, void** instance, hone_text_buffer* error) noexcept {
    return guarded(*error, [&] {
      if constexpr (std::is_constructible_v<Type, std::string_view>)
        *instance = new Type(view(settings));
      else
        *instance = new Type();
    });
  }
  static void destroy(void* instance) noexcept { delete static_cast<Type*>(instance); }

  static int32_t score(void* instance, hone_reward_group* group, hone_text_buffer* error) noexcept {
    Type& type = *static_cast<Type*>(instance);
    const Problem problem{view(group->problem_id), view(group->task), view(group->prompt), view(group->reference),
                          view(group->metadata_json)};
    if constexpr (ScoresEach<Type>::value) {
      for (std::size_t i = 0; i < group->count; ++i) {
        hone_reward_result& result = element(group->results, group->result_stride, i);
        if (guarded(result.detail, [&] {
              write(result, Score(type.score(Sample{completion(*group, i), problem})));
            }) != 0)
          result.outcome = HONE_REWARD_ERROR;
      }
      return 0;
    } else {
      return guarded(*error, [&] {
        Group whole{problem, {}};
        for (std::size_t i = 0; i < group->count; ++i) whole.completions.push_back(completion(*group, i));
        const std::vector<Score> scores = type.score(static_cast<const Group&>(whole));
        for (std::size_t i = 0; i < group->count && i < scores.size(); ++i)
          write(element(group->results, group->result_stride, i), scores[i]);
        for (std::size_t i = scores.size(); i < group->count; ++i)
          write(element(group->results, group->result_stride, i), Score::error("no score for this completion"));
      });
    }
  }
};

}  // namespace detail
}  // namespace hone::plugin

/* Defines the library's entry. `Type` may stand in any namespace; name and version are string literals. */
#define HONE_REWARD_PLUGIN(Type, plugin_name, plugin_version)                       \
  extern "C" HONE_REWARD_EXPORT const hone_reward_plugin* HONE_REWARD_ENTRY(void) { \
    using Adapter = ::hone::plugin::detail::Adapter<Type>;                          \
    static const hone_reward_plugin table = {                                       \
        HONE_REWARD_ABI,                                                            \
        sizeof(hone_reward_plugin),                                                 \
        plugin_name,                                                                \
        plugin_version,                                                             \
        ::hone::plugin::detail::ScoresEach<Type>::value ? HONE_REWARD_EACH : 0u,    \
        0u,                                                                         \
        &Adapter::create,                                                           \
        &Adapter::score,                                                            \
        &Adapter::destroy,                                                          \
    };                                                                              \
    return &table;                                                                  \
  }

#endif /* __cplusplus */
#endif /* HONE_REWARD_PLUGIN_H */
