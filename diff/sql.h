/* SPDX-License-Identifier: BSD-3-Clause
 * A journal's events and views as tables of SQLite: events, calls, waits, threads, objects, files. They are virtual:
 * rows are unpacked from the blocks as a query asks for them, and what a query says about thread, time, seq, op, lr and
 * kind decides which blocks and which events are looked at.
 *
 *     sqlite3 RUN.lsj -cmd '.load ./liblockstep' "select op, count(*) from events group by op"
 *     lockstep sql RUN.lsj "select ..."
 *
 * The tables are there without being created, and show the file that the connection has opened as `main`. Another
 * journal beside it: create virtual table temp.b_events using events('B.lsj'). Columns: sql_tables.def.
 *
 * address_name(a0) and return_name(lr) are what lies at an address, and in which function a call stands that returns
 * there: "function+0xc", by what `lockstep attach` put into `main`; NULL where nothing is known. */
#ifndef DIFF_SQL_H
#define DIFF_SQL_H

#ifdef LOCKSTEP_EXTENSION
#include <sqlite3ext.h>
extern const sqlite3_api_routines *sqlite3_api;
#else
#include <sqlite3.h>
#endif

#include "schema/base.h"

/* Makes the tables and functions known to the connection. An SQLite result code. */
int sql_register(sqlite3 *db);

#endif
