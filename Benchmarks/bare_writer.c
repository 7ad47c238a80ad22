// The least that a writer of health can do: an UPDATE from arrays and a COPY, both binary, in one
// transaction. usage: bare_writer CONNINFO MCPS CYCLES [changes]
// Prints a line of JSON for each cycle: seconds of wall, of this process and of the backend.
#define _GNU_SOURCE
#include <endian.h>
#include <libpq-fe.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static PGconn *session;

static void fail(void) {
  fprintf(stderr, "%s\n", PQerrorMessage(session));
  exit(1);
}

static void done(PGresult *result) {
  ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail();
  PQclear(result);
}

struct costs { double wall, client, backend; };

static double backend_seconds(void) {
  char path[64];
  unsigned long long nanoseconds = 0;
  snprintf(path, sizeof path, "/proc/%d/schedstat", PQbackendPID(session));
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  if (fscanf(file, "%llu", &nanoseconds) != 1) nanoseconds = 0;
  fclose(file);
  return (double)nanoseconds / 1e9;
}

static struct costs costs(int settled) {
  struct costs now;
  struct timespec clock;
  struct rusage usage;
  clock_gettime(CLOCK_MONOTONIC, &clock);
  getrusage(RUSAGE_SELF, &usage);
  now.wall = (double)clock.tv_sec + (double)clock.tv_nsec / 1e9;
  now.client = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  if (settled) usleep(20000);
  now.backend = backend_seconds();
  return now;
}

struct buffer { char *start, *end; };

static void put(struct buffer *buffer, const void *bytes, size_t count) {
  memcpy(buffer->end, bytes, count);
  buffer->end += count;
}

static void put16(struct buffer *buffer, int16_t value) {
  uint16_t bits = htobe16((uint16_t)value);
  put(buffer, &bits, 2);
}

static void put32(struct buffer *buffer, int32_t value) {
  uint32_t bits = htobe32((uint32_t)value);
  put(buffer, &bits, 4);
}

static void put64(struct buffer *buffer, int64_t value) {
  uint64_t bits = htobe64((uint64_t)value);
  put(buffer, &bits, 8);
}

static void put_text(struct buffer *buffer, const char *text) {
  put32(buffer, (int32_t)strlen(text));
  put(buffer, text, strlen(text));
}

static int is_down(int mcp) { return mcp % 100 == 7; }
static int is_told(int mcp, int changes) { return !changes || is_down(mcp); }

static void update(int mcps, int told, int changes, int64_t time) {
  static struct buffer columns[4];
  static const Oid elements[] = {23, 21, 23}, types[] = {1007, 1005, 1007, 1184};
  const char *values[4];
  int lengths[4], formats[4] = {1, 1, 1, 1};
  for (int column = 0; column < 4; column++) {
    struct buffer *buffer = &columns[column];
    if (!buffer->start) buffer->start = malloc((size_t)mcps * 8 + 64);
    buffer->end = buffer->start;
    if (column == 3) {
      put64(buffer, time);
    } else {
      put32(buffer, 1), put32(buffer, 0), put32(buffer, (int32_t)elements[column]);
      put32(buffer, told), put32(buffer, 1);
      for (int mcp = 1; mcp <= mcps; mcp++) {
        if (!is_told(mcp, changes)) continue;
        put32(buffer, column == 1 ? 2 : 4);
        if (column == 0) put32(buffer, mcp);
        if (column == 1) put16(buffer, (int16_t)is_down(mcp));
        if (column == 2) put32(buffer, is_down(mcp));
      }
    }
    values[column] = buffer->start;
    lengths[column] = (int)(buffer->end - buffer->start);
  }
  done(PQexecParams(
      session,
      "UPDATE omni2.mcp_servers AS s SET last_health_check = $4, consecutive_failures = x.failures,"
      " health_status = CASE x.status WHEN 0 THEN 'healthy' ELSE 'disconnected' END,"
      " updated_at = now() FROM unnest($1, $2, $3) AS x (id, status, failures) WHERE s.id = x.id",
      4, types, values, lengths, formats, 1));
}

static void copy(int mcps, int changes, int64_t time) {
  static struct buffer rows;
  PGresult *result = PQexec(
      session,
      "COPY omni2.mcp_health_log (mcp_server_id, \"timestamp\", status, response_time_ms,"
      " error_message, event_type) FROM STDIN (FORMAT binary)");
  if (PQresultStatus(result) != PGRES_COPY_IN) fail();
  PQclear(result);
  if (!rows.start) rows.start = malloc((size_t)mcps * 128 + 64);
  rows.end = rows.start;
  put(&rows, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0", 19);
  for (int mcp = 1; mcp <= mcps; mcp++) {
    if (!is_told(mcp, changes)) continue;
    put16(&rows, 6);
    put32(&rows, 4), put32(&rows, mcp);
    put32(&rows, 8), put64(&rows, time + mcp * 1000);
    put_text(&rows, is_down(mcp) ? "disconnected" : "healthy");
    put32(&rows, 4), put32(&rows, mcp % 300);
    if (is_down(mcp)) put_text(&rows, "connect: refused"); else put32(&rows, -1);
    put_text(&rows, is_down(mcp) ? "health_check_failed" : "health_check_success");
  }
  put16(&rows, -1);
  if (PQputCopyData(session, rows.start, (int)(rows.end - rows.start)) != 1) fail();
  if (PQputCopyEnd(session, NULL) != 1) fail();
  while ((result = PQgetResult(session))) done(result);
}

int main(int count, char **words) {
  if (count < 4) return 64;
  int mcps = atoi(words[2]), cycles = atoi(words[3]), changes = count > 4, told = 0;
  session = PQconnectdb(words[1]);
  if (PQstatus(session) != CONNECTION_OK) fail();
  for (int mcp = 1; mcp <= mcps; mcp++) told += is_told(mcp, changes);
  for (int cycle = 0; cycle < cycles; cycle++) {
    int64_t time = (1790000000LL - 946684800LL + cycle * 10) * 1000000;
    struct costs before = costs(0);
    done(PQexec(session, "BEGIN"));
    update(mcps, told, changes, time);
    copy(mcps, changes, time);
    done(PQexec(session, "COMMIT"));
    struct costs after = costs(1);
    printf("{\"rows\": %d, \"wall\": %.6f, \"client\": %.6f, \"backend\": %.6f}\n", told,
           after.wall - before.wall, after.client - before.client, after.backend - before.backend);
  }
  PQfinish(session);
  return 0;
}
