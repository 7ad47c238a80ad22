// zlib, whose deflateInit2 is a macro and so needs a door.
#pragma once
#include <zlib.h>

/// Prepares a raw deflate stream (no header, no trailer). 0 is Z_OK.
static inline int czlib_deflate_init(z_stream *_Nonnull stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
}
