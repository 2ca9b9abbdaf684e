# A PostgreSQL server under load from pgbench, with queries that need much stack and one that needs too much.
. "$(dirname "$0")/common.sh"
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
plain "$bin/initdb" -D "$work/data" -A trust --locale=C --no-sync > /dev/null
plain $UNDER "$bin/postgres" -D "$work/data" -k "$work" -h '' -F > "$work/log" 2>&1 &
postgres=$!
await $postgres plain "$bin/pg_isready" -q -h "$work"
plain "$bin/pgbench" -i -q -s 2 -h "$work" postgres 2> /dev/null
plain "$bin/pgbench" -n -c 8 -j 2 -t 150 -h "$work" postgres 2>&1 | grep -E 'number of (transactions actually|failed|clients)'
ask() { plain "$bin/psql" -h "$work" -At -c "$1" postgres 2>&1 || true; }
ask 'select (select sum(abalance) from pgbench_accounts) = (select sum(bbalance) from pgbench_branches), (select count(*) from pgbench_history)'
ask 'with recursive r(n) as (select 1 union all select n + 1 from r where n < 50000) select count(*) from r'
ask "select length((repeat('[', 3000) || repeat(']', 3000))::json::text)"
ask "select length((repeat('[', 300000) || repeat(']', 300000))::json::text)" | head -1
ask 'set max_parallel_workers_per_gather = 2; set min_parallel_table_scan_size = 0; set parallel_setup_cost = 0; select count(*) from pgbench_accounts' | tail -1
kill -INT "$(head -1 "$work/data/postmaster.pid")"
ended $postgres
