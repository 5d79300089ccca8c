/* Status names, error texts, version and processor. */
#include "expect.h"

#include <pthread.h>
#include <stdio.h>

#include "networks.h"

static void status_names(void **state) {
  (void)state;
  static const struct {
    ablate_status status;
    int value;
    const char *name;
  } all[] = {
      {ABLATE_OK, 0, "ABLATE_OK"},
      {ABLATE_INVALID_ARGUMENT, 1, "ABLATE_INVALID_ARGUMENT"},
      {ABLATE_OUT_OF_MEMORY, 2, "ABLATE_OUT_OF_MEMORY"},
      {ABLATE_IO, 3, "ABLATE_IO"},
      {ABLATE_MALFORMED, 4, "ABLATE_MALFORMED"},
      {ABLATE_UNSUPPORTED, 5, "ABLATE_UNSUPPORTED"},
      {ABLATE_CANCELLED, 6, "ABLATE_CANCELLED"},
      {ABLATE_BUSY, 7, "ABLATE_BUSY"},
  };
  for (size_t i = 0; i < COUNT(all); i++) {
    assert_int_equal(all[i].status, all[i].value);
    assert_string_equal(ablate_status_name(all[i].status), all[i].name);
  }
  const int unknown[] = {8, 1000, -1, INT32_MIN, INT32_MAX};
  for (size_t i = 0; i < COUNT(unknown); i++)
    assert_string_equal(ablate_status_name((ablate_status)unknown[i]), "unknown status");
}

static void version_is_that_of_the_header(void **state) {
  (void)state;
  assert_int_equal(ablate_version(), ABLATE_VERSION);
  assert_int_equal(ABLATE_VERSION, ABLATE_VERSION_MAJOR * 1000000 + ABLATE_VERSION_MINOR * 1000 + ABLATE_VERSION_PATCH);
}

static void isa_is_a_known_name(void **state) {
  (void)state;
  static const char *const known[] = {"v4", "v3", "neon", "baseline"};
  const char *isa = ablate_isa();
  assert_non_null(isa);
  int found = 0;
  for (size_t i = 0; i < COUNT(known); i++)
    found += strcmp(isa, known[i]) == 0;
  assert_int_equal(found, 1);
  assert_ptr_equal(isa, ablate_isa());
}

/* Runs first, while nothing has failed in this process. */
static void error_is_empty_before_the_first_failure(void **state) {
  (void)state;
  assert_non_null(ablate_last_error());
  assert_string_equal(ablate_last_error(), "");
}

static void *fail_in_another_thread(void *argument) {
  char *texts = argument;
  snprintf(texts, 64, "%s", ablate_last_error());
  ablate_mask_clear(NULL);
  snprintf(texts + 64, 64, "%s", ablate_last_error());
  return NULL;
}

static void error_belongs_to_its_thread(void **state) {
  (void)state;
  char texts[2][64] = {"unset", "unset"};
  expect_refused(ablate_session_create(NULL, 1, NULL), "model is NULL");
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, fail_in_another_thread, texts), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_string_equal(texts[0], "");
  assert_string_equal(texts[1], "mask is NULL");
  assert_string_equal(ablate_last_error(), "model is NULL");
}

static void error_outlives_successes(void **state) {
  (void)state;
  expect_refused(ablate_mask_clear(NULL), "mask");
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  assert_int_equal(ablate_mask_clear(NULL), ABLATE_INVALID_ARGUMENT);
  const char *before = ablate_last_error();
  ablate_model_info info = ABLATE_MODEL_INFO_INIT;
  assert_int_equal(ablate_model_describe(model, &info), ABLATE_OK);
  ablate_model_free(model);
  ablate_model_free(NULL);
  ablate_status_name(ABLATE_OK);
  ablate_version();
  ablate_isa();
  assert_ptr_equal(ablate_last_error(), before);
  assert_string_equal(before, "mask is NULL");
}

/* The text quotes the name; names of two-byte, three-byte and four-byte characters meet the limit at every offset. */
static void long_errors_end_with_a_whole_character(void **state) {
  (void)state;
  static const char *const characters[] = {"x", "\xc3\xa9", "\xe2\x80\x94", "\xf0\x9f\xa7\xa0"};
  ablate_model *model = make_tiny(ABLATE_HEAD_LOGITS);
  for (size_t c = 0; c < COUNT(characters); c++) {
    const size_t bytes = strlen(characters[c]);
    for (size_t offset = 0; offset < bytes; offset++) {
      char name[4096] = "";
      memset(name, '.', offset);
      for (size_t i = offset; i + bytes < sizeof name; i += bytes)
        memcpy(name + i, characters[c], bytes);
      size_t layer;
      expect_refused(ablate_model_find_layer(model, name, &layer), name[0] == '.' ? "." : characters[c]);
      const char *text = ablate_last_error();
      const size_t length = strlen(text);
      assert_true(length <= 1023 && length + bytes > 1023);
      assert_memory_equal(text + length - bytes, characters[c], bytes);
    }
  }
  ablate_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(error_is_empty_before_the_first_failure),
      cmocka_unit_test(status_names),
      cmocka_unit_test(version_is_that_of_the_header),
      cmocka_unit_test(isa_is_a_known_name),
      cmocka_unit_test(error_belongs_to_its_thread),
      cmocka_unit_test(error_outlives_successes),
      cmocka_unit_test(long_errors_end_with_a_whole_character),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
