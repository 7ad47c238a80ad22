#include "cre2.h"

#include <re2/re2.h>

#include <string>

struct cre2 {
  re2::RE2 re;
  cre2(re2::StringPiece pattern, const re2::RE2::Options &options) : re(pattern, options) {}
};

static const int most_spans = 64;

extern "C" cre2 *cre2_new(
  const char *pattern, size_t length, int64_t memory_bytes, bool dot_matches_newline
) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(memory_bytes);
  options.set_dot_nl(dot_matches_newline);
  return new cre2(re2::StringPiece(pattern, length), options);
}

extern "C" void cre2_free(cre2 *pattern) { delete pattern; }

extern "C" int cre2_error(const cre2 *pattern) { return pattern->re.error_code(); }

extern "C" const char *cre2_error_part(const cre2 *pattern) {
  return pattern->re.error_arg().c_str();
}

extern "C" int cre2_group_count(const cre2 *pattern) {
  return pattern->re.NumberOfCapturingGroups();
}

extern "C" int cre2_group_number(const cre2 *pattern, const char *name, size_t length) {
  const auto &groups = pattern->re.NamedCapturingGroups();
  auto found = groups.find(std::string(name, length));
  return found == groups.end() ? -1 : found->second;
}

extern "C" int cre2_program_size(const cre2 *pattern) { return pattern->re.ProgramSize(); }

extern "C" bool cre2_match(
  const cre2 *pattern, const char *text, size_t length, size_t from, bool whole, cre2_span *spans,
  int count
) {
  re2::StringPiece whole_text(text, length), found[most_spans];
  if (count > most_spans) count = most_spans;
  auto anchor = whole ? re2::RE2::ANCHOR_BOTH : re2::RE2::UNANCHORED;
  bool matches = pattern->re.Match(whole_text, from, length, anchor, found, count);
  for (int i = 0; i < count; i++) {
    if (!matches || !found[i].data()) {
      spans[i] = {-1, -1};
      continue;
    }
    spans[i].start = found[i].data() - text;
    spans[i].end = spans[i].start + (ptrdiff_t)found[i].size();
  }
  return matches;
}
