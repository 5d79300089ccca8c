/* Hashes of what convolutional networks compute. */
#ifndef IMAGE_HASHES_H
#define IMAGE_HASHES_H

#include <stddef.h>

/** Draws a network by its number, and prints a line. */
void hash_image_network(size_t index);

#endif
