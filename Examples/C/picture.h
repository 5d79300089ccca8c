/* Pictures of the PNM family: P5 (grey) and P6 (colours) with bytes. */
#ifndef PICTURE_H
#define PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct picture {
  size_t height;
  size_t width;
  size_t channels; /**< 1 or 3 */
  uint8_t *pixels; /**< [height, width, channels] */
} picture;

/** Reads a picture. On failure says what is wrong on stderr and returns false. */
bool picture_read(picture *out, const char *path);

/** Makes a black picture. */
bool picture_make(picture *out, size_t height, size_t width, size_t channels);

/** Writes a picture. */
bool picture_write(const picture *shown, const char *path);

void picture_free(picture *freed);

/**
 * Draws a picture with a map over it, into `target` from column `left` on: 0.4 of the map in colours from blue (0 and
 * below) to red (`highest`) and 0.6 of the picture. `map` is as large as the picture; `target` has colours.
 */
void picture_overlay(const picture *shown, const float *map, float highest, picture *target, size_t left);

#endif
