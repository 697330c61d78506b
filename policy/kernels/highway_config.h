// Include before any Highway header: drops instruction sets that bring nothing here (and scalable vectors, which cannot be
// kept in arrays of accumulators), so that each kernel is compiled four times on x86 instead of six.
#pragma once

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
