/* Convolution with weights of 8 bits.
 *
 * Each step of the input is rounded once, with a scale of its own, and laid out with what is
 * padded, four channels side by side at each band: kernels take many positions at once. So a step
 * of the output depends on the steps that the kernel sees alone, not on how many came at once.
 */
#ifndef GENRE_NET_CONV8_H
#define GENRE_NET_CONV8_H

#include "net/sliding.h"

/* Values that a rounded step takes; of the state, each of the last kernel_time - 1 does. [any] */
int genre_conv8_row(const GenreLayer *layer, const GenreSliding *sliding);

/* Values of work space. [any] */
int genre_conv8_room(const GenreLayer *layer, const GenreSliding *sliding);

/* The forward pass of a layer: x (T, B, n_in) -> y (T out, B, n_out), moving state (B, n_state) on,
 * where there is one. With `finish` it does what layers behind it would. [real time] */
void genre_conv8(const GenreLayer *layer, const GenreSliding *sliding, const GenreRows8 *weight,
                 const GenreFinish *finish, const GenreRun *run, const GenreReal *x, GenreReal *y,
                 GenreReal *state);

#endif
