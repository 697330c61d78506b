/* A plug-in in plain C. BROKEN_... variants are libraries that must be refused. */
#include <hone/reward_plugin.h>
#include <string.h>

static int32_t create(hone_text settings, void** instance, hone_text_buffer* error) {
  (void)settings;
  (void)error;
  *instance = NULL;
  return 0;
}

/* Scores by the strides that the host gives, and claims a longer detail than fits. */
static int32_t score(void* instance, hone_reward_group* group, hone_text_buffer* error) {
  size_t i;
  (void)instance;
  if (group->struct_size < sizeof(hone_reward_group) || group->count == 0) {
    error->size = 5;
    memcpy(error->data, "empty", 5);
    return 42;
  }
  for (i = 0; i < group->count; ++i) {
    const hone_reward_completion* completion =
        (const hone_reward_completion*)((const char*)group->completions + i * group->completion_stride);
    hone_reward_result* result = (hone_reward_result*)((char*)group->results + i * group->result_stride);
    result->score = (double)completion->text.size;
    result->outcome = HONE_REWARD_SCORED;
    memset(result->detail.data, 'c', result->detail.capacity);
    result->detail.size = result->detail.capacity * 1000;
  }
  return 0;
}

#ifndef BROKEN_TABLE
static void destroy(void* instance) { (void)instance; }
#endif

static const hone_reward_plugin kTable = {
#ifdef BROKEN_ABI
    HONE_REWARD_ABI + 1,
#else
    HONE_REWARD_ABI,
#endif
#ifdef BROKEN_SIZE
    16,
#else
    sizeof(hone_reward_plugin),
#endif
    "in_c",
    "1.0.0",
    HONE_REWARD_EACH,
    0,
    create,
    score,
#ifdef BROKEN_TABLE
    NULL
#else
    destroy
#endif
};

#ifdef BROKEN_ENTRY
#define HONE_REWARD_ENTRY_OF_TEST some_other_entry
#else
#define HONE_REWARD_ENTRY_OF_TEST HONE_REWARD_ENTRY
#endif

HONE_REWARD_EXPORT const hone_reward_plugin* HONE_REWARD_ENTRY_OF_TEST(void) {
#ifdef BROKEN_NULL
  const hone_reward_plugin* const unused = &kTable;
  (void)unused;
  return NULL;
#else
  return &kTable;
#endif
}
