// zlib, as far as a gzip stream of independent blocks needs it.
#pragma once
#include <limits.h>
#include <string.h>
#include <zlib.h>

/// Room that a deflated block of `length` bytes needs at most.
static inline size_t czlib_bound(size_t length) { return compressBound(length) + 16; }

/// Writes `length` bytes as raw deflate blocks that refer to nothing before them and end at a byte,
/// so that such pieces can be joined. Returns the bytes written; 0 when it could not be done.
static inline size_t czlib_deflate_block(
  const unsigned char *_Nonnull plain, size_t length, unsigned char *_Nonnull out, size_t room,
  int level
) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  if (length > UINT_MAX || room > UINT_MAX) return 0;
  if (deflateInit2(&stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
  stream.next_in = (unsigned char *)plain;
  stream.avail_in = (unsigned int)length;
  stream.next_out = out;
  stream.avail_out = (unsigned int)room;
  int result = deflate(&stream, Z_FULL_FLUSH);
  size_t written = room - stream.avail_out;
  int complete = result == Z_OK && stream.avail_in == 0 && stream.avail_out > 0;
  deflateEnd(&stream);
  return complete ? written : 0;
}
