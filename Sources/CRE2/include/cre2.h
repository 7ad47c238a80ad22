// RE2 behind a C face, as far as PromQL and its rules need it.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled pattern. Immutable: any number of threads may match with it at a time.
typedef struct cre2 cre2;

/// Byte offsets of a group; both are -1 when the group took no part in the match.
typedef struct {
  ptrdiff_t start;
  ptrdiff_t end;
} cre2_span;

/// Compiles `length` bytes of UTF-8. A pattern that RE2 refuses is a handle all the same: ask
/// cre2_error. Like everything in Swift, it ends the process when the system has no memory left.
cre2 *_Nonnull cre2_new(
  const char *_Nonnull pattern, size_t length, int64_t memory_bytes, bool dot_matches_newline);
void cre2_free(cre2 *_Nonnull pattern);

/// RE2::ErrorCode: what is wrong with the pattern; 0: nothing.
int cre2_error(const cre2 *_Nonnull pattern);
/// The part of the pattern that is wrong; lives as long as the pattern.
const char *_Nonnull cre2_error_part(const cre2 *_Nonnull pattern);

int cre2_group_count(const cre2 *_Nonnull pattern);
/// The number of the group with this name; -1 when there is none.
int cre2_group_number(const cre2 *_Nonnull pattern, const char *_Nonnull name, size_t length);
/// Instructions of the compiled program: what a match may cost for each byte of text.
int cre2_program_size(const cre2 *_Nonnull pattern);

/// Looks for the pattern from byte `from` on; `whole`: it must match all of the text.
/// `spans`, of `count`, receives the match and its groups.
bool cre2_match(
  const cre2 *_Nonnull pattern, const char *_Nonnull text, size_t length, size_t from, bool whole,
  cre2_span *_Nullable spans, int count);

#ifdef __cplusplus
}
#endif
