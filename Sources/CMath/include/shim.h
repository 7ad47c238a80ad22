// The C library's elementary functions: PromQL means these, and the standard library has few of them.
#pragma once
#include <math.h>
