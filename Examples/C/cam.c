/*
 * cam: shows which places of a picture speak for a class, and how that changes while channels go, those first by which
 * the class counts most.
 *
 *     cam network.onnx picture.ppm overlay.ppm [--mean M] [--scale S] [--class NUMBER]
 *
 * The network ends in global average pooling and a dense layer; the picture is as large as its input, whose values are
 * (byte - M) * S, with one number for all channels or three with commas. Prints the prediction and the probability of
 * the class (by default, of the prediction) with 0, 1, 2, 4, ... channels gone, and writes the maps over the picture,
 * one beside the other.
 */
#include "picture.h"
#include <ablate.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 64 };

typedef struct settings {
  const char *model, *picture, *overlay;
  float mean[3], scale[3];
  int32_t shown;
} settings;

static void check(ablate_status status) {
  if (status == ABLATE_OK)
    return;
  fprintf(stderr, "cam: %s\n", ablate_last_error());
  exit(1);
}

/* A number or 1/N for all channels, or three of them with commas. */
static bool read_channels(const char *text, float out[3]) {
  size_t count = 0;
  do {
    bool divides = strncmp(text, "1/", 2) == 0;
    const char *number = text + (divides ? 2 : 0);
    char *end;
    out[count] = strtof(number, &end);
    if (divides)
      out[count] = 1 / out[count];
    if (end == number || !isfinite(out[count]))
      return false;
    count++;
    text = end;
  } while (*text == ',' && count < 3 && text++);
  if (count == 1)
    out[1] = out[2] = out[0];
  return *text == '\0' && count != 2;
}

/* The number of a class; which there are is up to the network. */
static bool read_class(const char *text, int32_t *out) {
  char *end;
  long number = strtol(text, &end, 10);
  *out = (int32_t)number;
  return *text != '\0' && *end == '\0' && number >= 0 && number <= INT32_MAX;
}

static settings read_words(int words, char **word) {
  settings found = {.scale = {1, 1, 1}, .shown = -1};
  const char **places[] = {&found.model, &found.picture, &found.overlay};
  size_t placed = 0;
  bool right = true;
  for (int i = 1; right && i < words; i++) {
    const char *value = i + 1 < words ? word[i + 1] : "";
    if (strcmp(word[i], "--mean") == 0) {
      right = read_channels(value, found.mean) && ++i;
    } else if (strcmp(word[i], "--scale") == 0) {
      right = read_channels(value, found.scale) && found.scale[0] * found.scale[1] * found.scale[2] != 0 && ++i;
    } else if (strcmp(word[i], "--class") == 0) {
      right = read_class(value, &found.shown) && ++i;
    } else {
      right = word[i][0] != '-' && placed < 3;
      if (right)
        *places[placed++] = word[i];
    }
  }
  if (!right || placed < 3) {
    fputs("usage: cam MODEL.onnx PICTURE.ppm OVERLAY.ppm [--mean M or M,M,M] [--scale S or 1/N or S,S,S] [--class "
          "NUMBER]\n",
          stderr);
    exit(2);
  }
  return found;
}

/* 0, 1, 2, 4, ... and all channels. */
static size_t choose_points(size_t channels, size_t *points) {
  size_t count = 0;
  points[count++] = 0;
  for (size_t point = 1; point < channels; point *= 2)
    points[count++] = point;
  points[count++] = channels;
  return count;
}

static void print_class(const ablate_model *model, int32_t number) {
  const char *label;
  check(ablate_model_class_label(model, (size_t)number, &label));
  if (label != NULL)
    printf("%-16s", label);
  else
    printf("%-16d", number);
}

int main(int words, char **word) {
  const settings given = read_words(words, word);
  ablate_model *model;
  ablate_model_info info = ABLATE_MODEL_INFO_INIT;
  ablate_cam_info maps = ABLATE_CAM_INFO_INIT;
  check(ablate_model_load(given.model, &model));
  check(ablate_model_describe(model, &info));
  check(ablate_cam_describe(model, &maps));

  picture shown, overlay;
  if (!picture_read(&shown, given.picture))
    return 1;
  if (shown.height != maps.input_height || shown.width != maps.input_width) {
    fprintf(stderr, "cam: %s is %zu x %zu, the network takes %zu x %zu\n", given.picture, shown.height, shown.width,
            maps.input_height, maps.input_width);
    return 1;
  }
  float *row = malloc(info.input_width * sizeof *row);
  size_t points[POINTS], count = choose_points(maps.channels, points), size = shown.height * shown.width;
  float *map = malloc(count * size * sizeof *map);
  if (row == NULL || map == NULL || !picture_make(&overlay, shown.height, count * shown.width, 3))
    return 1;
  check(ablate_rows_from_images(model, shown.pixels, 1, shown.height, shown.width, shown.channels, given.mean,
                                given.scale, row));

  ablate_cam_options options = ABLATE_CAM_OPTIONS_INIT;
  options.points = points;
  options.point_count = count;
  options.upsampled = 1;
  ablate_cam_step steps[POINTS] = {ABLATE_CAM_STEP_INIT};
  check(ablate_cam_remove(model, &options, row, given.shown, steps, NULL, NULL, map, count, &count));

  float highest = 0;
  for (size_t i = 0; i < count * size; i++)
    highest = map[i] > highest ? map[i] : highest;
  printf("class ");
  print_class(model, steps[0].shown_class);
  printf("\n%8s  %-16s%s\n", "removed", "prediction", "probability of the class");
  for (size_t i = 0; i < count; i++) {
    printf("%8zu  ", steps[i].removed);
    print_class(model, steps[i].prediction);
    printf("%.4f\n", steps[i].probability);
    picture_overlay(&shown, map + i * size, highest, &overlay, i * shown.width);
  }
  bool written = picture_write(&overlay, given.overlay);
  picture_free(&overlay);
  picture_free(&shown);
  free(map);
  free(row);
  ablate_model_free(model);
  return written ? 0 : 1;
}
