// libpq, as far as Swift cannot say it by itself.
#pragma once
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

/// The five characters of an error's SQLSTATE; NULL when the server gave none.
static inline const char *_Nullable clibpq_sqlstate(const PGresult *_Nullable result) {
  return PQresultErrorField(result, PG_DIAG_SQLSTATE);
}

/// The first line of what the server says of an error; NULL when it said nothing.
static inline const char *_Nullable clibpq_primary_message(const PGresult *_Nullable result) {
  return PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
}

/// What the server said last before it ended the connection; empty strings when it said nothing.
typedef struct clibpq_farewell {
  char sqlstate[6];
  char message[512];
} clibpq_farewell;

/// Notices go nowhere; those of SQLSTATE class 57P (shutdown, crash) are kept in the
/// `clibpq_farewell` that `farewell` points to.
static inline void clibpq_receive_notice(void *farewell, const PGresult *result) {
  const char *state = clibpq_sqlstate(result), *text = clibpq_primary_message(result);
  if (state == NULL || text == NULL || strncmp(state, "57P", 3) != 0) return;
  clibpq_farewell *kept = farewell;
  strncpy(kept->sqlstate, state, sizeof kept->sqlstate - 1);
  strncpy(kept->message, text, sizeof kept->message - 1);
}

/// Keeps what the server says beside answers from stderr; `farewell` outlives the connection.
static inline void clibpq_hear_notices(PGconn *_Nonnull connection,
                                       clibpq_farewell *_Nonnull farewell) {
  PQsetNoticeReceiver(connection, clibpq_receive_notice, farewell);
}

/// A zeroed farewell, to be freed by `clibpq_farewell_free`.
static inline clibpq_farewell *_Nullable clibpq_farewell_make(void) {
  return calloc(1, sizeof(clibpq_farewell));
}
static inline void clibpq_farewell_free(clibpq_farewell *_Nullable farewell) { free(farewell); }
static inline const char *_Nonnull clibpq_farewell_sqlstate(
    const clibpq_farewell *_Nonnull farewell) {
  return farewell->sqlstate;
}
static inline const char *_Nonnull clibpq_farewell_message(
    const clibpq_farewell *_Nonnull farewell) {
  return farewell->message;
}
