// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * bind_result.bpf.c for 6.18, whose function wants one argument more, which is nobody's to give.
 * Later kernels fill it in by themselves and have a function of the old name with another
 * signature, so that no object that names both can be loaded there.
 */
#define BEFORE_IMPLICIT_ARGUMENTS
#include "bind_result.bpf.c"
