// SPDX-License-Identifier: Apache-2.0
//
// Ways to look at what a model computes inside, each in a few lines to copy.

#ifndef EXAMPLES_DIGITS_TOUR_H_
#define EXAMPLES_DIGITS_TOUR_H_

#include <ostream>

#include "digits/data.h"
#include "digits/network.h"

namespace digits {

// Prints what the trained layers make of a few of the `held_out` digits. The
// last part runs the layers in training mode, which moves their running
// averages.
void take_tour(Layers& layers, const Dataset& held_out, std::ostream& out);

}  // namespace digits

#endif  // EXAMPLES_DIGITS_TOUR_H_
