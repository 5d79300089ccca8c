#include "picture.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/* More than any picture here, and products of three such numbers stay far from overflow. */
enum { LONGEST = 1 << 16 };

static bool fails(const char *path, const char *what) {
  fprintf(stderr, "cam: %s %s\n", path, what);
  return false;
}

/* A number of the header; comments go from # to the end of the line. */
static bool read_number(FILE *file, size_t *out) {
  int next = getc(file);
  while (isspace(next) || next == '#') {
    while (next == '#' && (next = getc(file)) != '\n' && next != EOF)
      next = '#';
    next = getc(file);
  }
  *out = 0;
  if (!isdigit(next))
    return false;
  for (; isdigit(next); next = getc(file)) {
    *out = *out * 10 + (size_t)(next - '0');
    if (*out > LONGEST)
      return false;
  }
  return isspace(next);
}

bool picture_make(picture *out, size_t height, size_t width, size_t channels) {
  *out = (picture){height, width, channels, calloc(height * width, channels)};
  return out->pixels != NULL || fails("", "out of memory");
}

bool picture_read(picture *out, const char *path) {
  *out = (picture){0};
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return fails(path, "cannot be opened");
  size_t width, height, largest;
  int first = getc(file), second = getc(file);
  bool done = first == 'P' && (second == '5' || second == '6') && read_number(file, &width) &&
              read_number(file, &height) && read_number(file, &largest) && width > 0 && height > 0 && largest == 255;
  if (!done) {
    fails(path, "is no picture of the kinds P5 and P6 with values up to 255");
  } else if ((done = picture_make(out, height, width, second == '5' ? 1 : 3))) {
    size_t count = height * width * out->channels;
    done = fread(out->pixels, 1, count, file) == count || fails(path, "ends too early");
  }
  fclose(file);
  if (!done)
    picture_free(out);
  return done;
}

bool picture_write(const picture *shown, const char *path) {
  FILE *file = fopen(path, "wb");
  if (file == NULL)
    return fails(path, "cannot be written");
  size_t count = shown->height * shown->width * shown->channels;
  bool done = fprintf(file, "P%c\n%zu %zu\n255\n", shown->channels == 1 ? '5' : '6', shown->width, shown->height) > 0 &&
              fwrite(shown->pixels, 1, count, file) == count;
  done = fclose(file) == 0 && done;
  return done || fails(path, "cannot be written");
}

void picture_free(picture *freed) {
  free(freed->pixels);
  *freed = (picture){0};
}

/* 1 in the middle of a ramp of colours, 0 at a distance of more than 3/8. */
static float ramp(float place, float middle) {
  float height = 1.5f - 4 * (place < middle ? middle - place : place - middle);
  return height > 1 ? 1 : height > 0 ? height : 0;
}

void picture_overlay(const picture *shown, const float *map, float highest, picture *target, size_t left) {
  for (size_t i = 0; i < shown->height * shown->width; i++) {
    float place = map[i] > 0 ? map[i] / highest : 0;
    const float colours[3] = {ramp(place, 0.75f), ramp(place, 0.5f), ramp(place, 0.25f)};
    size_t row = i / shown->width, column = left + i % shown->width;
    for (size_t channel = 0; channel < 3; channel++) {
      float pixel = shown->pixels[i * shown->channels + (shown->channels == 1 ? 0 : channel)];
      target->pixels[(row * target->width + column) * 3 + channel] =
          (uint8_t)(0.4f * 255 * colours[channel] + 0.6f * pixel + 0.5f);
    }
  }
}
